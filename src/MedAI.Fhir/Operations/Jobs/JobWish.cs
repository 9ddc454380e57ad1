using System.Text.Json;
using MedAI.Fhir.Conformance.Answers;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>What was asked, beside the body: everything that the answer depends on.</summary>
/// <param name="Operation">Id of the operation's definition.</param>
/// <param name="Type">Resource type of the route; null on the system level.</param>
/// <param name="Instance">Id of the instance; null on the other levels.</param>
/// <param name="Received">The score clock at receipt: the as-of of a request that names none, whenever it is run.</param>
/// <param name="Url">Absolute URL of the request, without its query.</param>
public sealed record JobWish(string Operation, string? Type, string? Instance, DateTimeOffset Received, string Url, ReturnPreference Return, JobCaller Caller)
{
    /// <summary>A member that is missing or not known is a restriction that would be lost.</summary>
    private static readonly JsonSerializerOptions Strict = new() { RespectRequiredConstructorParameters = true, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <returns>Null when it was written by a version that had another form.</returns>
    public static JobWish? TryRead(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize<JobWish>(utf8.Span, Strict);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
