using System.Text;
using MedAI.Fhir.Requests;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Answers with a resource in the form, and as much of it, as the client asked for. Every FHIR answer that is no failure leaves through here.</summary>
/// <param name="json">UTF-8 JSON of the resource.</param>
public sealed class FhirResult(ReadOnlyMemory<byte> json) : IResult, IStatusCodeHttpResult
{
    /// <summary>UTF-8 JSON of the whole resource.</summary>
    public ReadOnlyMemory<byte> Json { get; } = json;

    /// <summary>200, or 201 for a create.</summary>
    public int? StatusCode { get; init; } = StatusCodes.Status200OK;

    /// <summary>Absolute URL of what was stored; null where nothing was, and <c>Prefer: return</c> is then ignored: the answer is the only copy.</summary>
    public string? StoredAt { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var form = ContentNegotiation.Choose(httpContext.Request);
        var (shape, failure) = AnswerShape.Read(httpContext.Request.Query);
        if (form.Format == ResponseFormat.NotAcceptable)
            failure ??= new Failure(FailureCode.NotAcceptable);
        if (shape?.Summary == Summary.Count && !ResourceSubset.HasMatches(Json))
            failure ??= new Failure(FailureCode.InvalidParameter, "_summary=count is for searches.", "http._summary");
        if (failure is not null)
        {
            await httpContext.Fail(failure).ExecuteAsync(httpContext);
            return;
        }

        var response = httpContext.Response;
        response.StatusCode = StatusCode!.Value;
        if (!response.Headers.Vary.Contains(HeaderNames.Accept))
            response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        var resource = Json;
        if (StoredAt is { } place)
        {
            response.Headers.ContentLocation = place;
            var preference = ReturnPreferences.Of(httpContext.Request);
            if (preference != ReturnPreference.None)
                response.Headers["Preference-Applied"] = "return=" + (preference == ReturnPreference.OperationOutcome ? "OperationOutcome" : preference == ReturnPreference.Minimal ? "minimal" : "representation");
            if (preference == ReturnPreference.Minimal)
                return;
            if (preference == ReturnPreference.OperationOutcome)
                (resource, shape) = (Stored, shape! with { Summary = Summary.False, Elements = [] });
        }

        ReadOnlyMemory<byte> body;
        try
        {
            body = AnswerBody.Of(resource, form.Format, shape!);
        }
        catch (ArgumentException) when (form.Format == ResponseFormat.Xml)
        {
            // A record of the demo, or one that a client stored, holds a character that XML has no way to write.
            await httpContext.Fail(new Failure(FailureCode.NotAcceptable, "The resource holds a character that XML cannot hold.")).ExecuteAsync(httpContext);
            return;
        }
        response.ContentType = form.ContentType;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    private static readonly ReadOnlyMemory<byte> Stored = Encoding.UTF8.GetBytes(
        """{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","details":{"text":"Done and stored; Content-Location says where."}}]}""");
}

/// <summary>The one way to answer with a resource.</summary>
public static class FhirResults
{
    /// <param name="json">UTF-8 JSON of the resource; headers of the answer are set on the response before.</param>
    public static FhirResult Fhir(this HttpContext http, ReadOnlyMemory<byte> json) => new(json);

    /// <summary>The answer of an interaction that stored what it answers.</summary>
    /// <param name="reference">[ResourceType]/[id] of the stored resource, with /_history/[version] where it is known.</param>
    public static FhirResult FhirStored(this HttpContext http, ReadOnlyMemory<byte> json, string reference) =>
        new(json) { StoredAt = http.RequestServices.GetRequiredService<PublicAddress>().FhirBase + "/" + reference };
}
