using Microsoft.AspNetCore.Http.Features;

namespace MedAI.Fhir.Requests;

/// <summary>Answers a HEAD as the GET of the same address: the same checks, audit and headers, and no body.</summary>
/// <remarks>Routes name GET alone. The server beneath sees a HEAD again when the answer leaves, so that a Content-Length without a body is right.</remarks>
public static class HeadRequests
{
    public static RequestDelegate Answer(RequestDelegate next) => http => HttpMethods.IsHead(http.Request.Method) ? AnswerAsync(next, http) : next(http);

    private static async Task AnswerAsync(RequestDelegate next, HttpContext http)
    {
        var body = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        http.Request.Method = HttpMethods.Get;
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null, body));
        try
        {
            await next(http);
        }
        finally
        {
            http.Request.Method = HttpMethods.Head;
            http.Features.Set(body);
        }
    }
}
