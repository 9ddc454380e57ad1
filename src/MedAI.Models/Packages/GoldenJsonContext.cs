using System.Text.Json.Serialization;

namespace MedAI.Models.Packages;

/// <summary>How golden.json is written and read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(GoldenVectors))]
internal sealed partial class GoldenJsonContext : JsonSerializerContext;
