using Microsoft.AspNetCore.Http.HttpResults;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Refuses a shape that cannot be given before anything is done, and gives every resource its shape and form.</summary>
/// <remarks>An endpoint that answers with bytes under a FHIR content type means a resource in JSON: it leaves through <see cref="FhirResult"/> like all others.</remarks>
public sealed class FhirAnswerFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (shape, failure) = AnswerShape.Read(context.HttpContext.Request.Query);
        if (shape?.Summary == Summary.Count && context.HttpContext.Request.Path.Value!.Contains("/$", StringComparison.Ordinal))
            failure = new Failure(FailureCode.InvalidParameter, "_summary=count is for searches.", "http._summary");
        if (failure is not null)
            return context.HttpContext.Fail(failure);
        object? result = await next(context);
        return result is FileContentHttpResult bytes && ContentNegotiation.IsOfResource(bytes.ContentType) ? context.HttpContext.Fhir(bytes.FileContents) : result;
    }
}
