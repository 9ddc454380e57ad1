using System.Net;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Tests.Operations.Jobs;

/// <summary>Operations as a client calls them that does not wait.</summary>
internal static class AsyncCall
{
    /// <summary>The body of <c>$assess-risk</c> with a demo patient's record.</summary>
    public static string Body(string patient = "demo-recovering", string? asOf = null) => Call.Parameters(patient, asOf: asOf).ToJsonString();

    public static async Task<Answer> SendLaterAsync(this HttpClient client, string path, string? body = null, string prefer = "respond-async", string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/fhir+json");
        request.Headers.TryAddWithoutValidation("Prefer", prefer);
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return await Answer.ReadAsync(await client.SendAsync(request));
    }

    public static Task<Answer> LaterAsync(this MedAIServer server, string path, string? body = null, string prefer = "respond-async", string? token = null) =>
        server.Client.SendLaterAsync(path, body, prefer, token);

    /// <summary>Where the answer says that its result will be.</summary>
    public static string StatusUrl(this Answer accepted)
    {
        Assert.True(accepted.Status == HttpStatusCode.Accepted, $"{accepted.Status}: {accepted.Text}");
        return Assert.Single(accepted.Response.Content.Headers.GetValues("Content-Location"));
    }

    /// <summary>Asks until the job has ended.</summary>
    public static async Task<Answer> ResultAsync(this HttpClient client, string url, string? accept = null)
    {
        for (int attempt = 0; attempt < 600; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (accept is not null)
                request.Headers.TryAddWithoutValidation("Accept", accept);
            var answer = await Answer.ReadAsync(await client.SendAsync(request));
            if (answer.Status is not (HttpStatusCode.Accepted or HttpStatusCode.TooManyRequests))
                return answer;
            await Task.Delay(100);
        }
        throw new TimeoutException("The job did not end.");
    }

    public static Task<Answer> ResultAsync(this MedAIServer server, Answer accepted, string? accept = null) => server.Client.ResultAsync(accepted.StatusUrl(), accept);

    public static async Task<Answer> DeleteAsync(this MedAIServer server, string url) => await Answer.ReadAsync(await server.Client.DeleteAsync(url));

    /// <summary>The one entry of the batch-response.</summary>
    public static JsonElement Entry(this Answer ended)
    {
        var bundle = ended.AssertOk().Json;
        Assert.Equal(("Bundle", "batch-response"), (bundle.GetProperty("resourceType").GetString(), bundle.GetProperty("type").GetString()));
        return Assert.Single(bundle.GetProperty("entry").EnumerateArray());
    }

    public static string StatusOfEntry(this Answer ended) => ended.Entry().GetProperty("response").GetProperty("status").GetString()!;

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> so)
    {
        for (int attempt = 0; attempt < 600 && !so(); attempt++)
            await Task.Delay(50);
        Assert.True(so());
    }
}
