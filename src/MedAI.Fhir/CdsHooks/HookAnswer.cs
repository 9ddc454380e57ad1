using System.Text.Json;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The answer of a service: JSON of a stated length, written at once.</summary>
internal sealed class HookAnswer(CdsResponse response) : IResult, IStatusCodeHttpResult
{
    /// <summary>What most calls are answered with.</summary>
    private static readonly ReadOnlyMemory<byte> NoCards = JsonSerializer.SerializeToUtf8Bytes(new CdsResponse([]), CdsHooksJson.Default.CdsResponse);

    public int? StatusCode => StatusCodes.Status200OK;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var body = response.Cards.Count == 0 ? NoCards : JsonSerializer.SerializeToUtf8Bytes(response, CdsHooksJson.Default.CdsResponse);
        httpContext.Response.ContentType = "application/json";
        httpContext.Response.ContentLength = body.Length;
        return httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
