using MedAI.Fhir.Limits;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Reads request bodies of FHIR endpoints, JSON or XML, within the limits, as JSON.</summary>
/// <remarks>JSON is never made into objects: that is the fast path. XML is, and has a smaller limit for it.</remarks>
public sealed class FhirBodyReader(JsonBodyReader json, IOptions<LimitsOptions> limits, TimeProvider time)
{
    private readonly LimitsOptions _xml = new()
    {
        MaxBodyBytes = Math.Min(limits.Value.MaxXmlBodyBytes, limits.Value.MaxBodyBytes),
        BodyTimeoutMilliseconds = limits.Value.BodyTimeoutMilliseconds,
    };

    /// <returns>The body, to be disposed by the caller, or why it cannot be read.</returns>
    public async ValueTask<(JsonBody? Body, Failure? Failure)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.BodyFormat(request.ContentType) != ResponseFormat.Xml)
            return await json.ReadAsync(request, cancellationToken);
        var read = await BoundedBody.ReadAsync(request, _xml, time, cancellationToken);
        if (read.Body is null)
            return (null, read.Failure);
        using (read.Body)
            return FhirXml.TryRead(read.Body.Memory, out byte[]? converted, out var failure) ? JsonBody.Parse(converted) : (null, failure);
    }
}
