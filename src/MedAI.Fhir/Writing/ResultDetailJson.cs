using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedAI.Fhir.Writing;

/// <summary>Generated serialisation of the stored details.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResultDetail))]
[JsonSerializable(typeof(AbstentionDetail))]
internal sealed partial class ResultDetailJson : JsonSerializerContext
{
    public static byte[] ToUtf8(ResultDetail detail) => JsonSerializer.SerializeToUtf8Bytes(detail, Default.ResultDetail);

    /// <exception cref="JsonException">The store holds something that this server did not write.</exception>
    public static ResultDetail Read(ReadOnlyMemory<byte> utf8) =>
        JsonSerializer.Deserialize(utf8.Span, Default.ResultDetail) ?? throw new JsonException("A stored detail is null.");
}
