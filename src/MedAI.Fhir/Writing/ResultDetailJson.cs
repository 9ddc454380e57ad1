using System.Text.Json.Serialization;

namespace MedAI.Fhir.Writing;

/// <summary>Generated serialisation of the stored details.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResultDetail))]
[JsonSerializable(typeof(AbstentionDetail))]
internal sealed partial class ResultDetailJson : JsonSerializerContext;
