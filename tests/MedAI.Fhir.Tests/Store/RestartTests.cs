using System.Net;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Tests.Store;

/// <summary>The server as a process of its own, killed without warning and started again.</summary>
[Trait("promise", "M-21")]
public sealed class RestartTests
{
    [Fact]
    public async Task Killed_server_still_has_what_it_answered()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        int port = ServerProcess.FreePort();
        try
        {
            string id, resource, page, detail;
            using (var first = await ServerProcess.StartAsync(folder, port))
            {
                var client = first.Client;
                (id, detail) = await Fire(client);
                resource = await client.GetStringAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken);
                page = await Page(client, id);
                await first.KillAsync();
            }
            using (var second = await ServerProcess.StartAsync(folder, port))
            {
                var client = second.Client;
                Assert.Equal(resource, await client.GetStringAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken));
                Assert.Equal(page, await Page(client, id));
                var (again, detailAgain) = await Fire(client);
                Assert.Equal(id, again);
                Assert.Equal(detail, detailAgain);
                await second.KillAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Every_answer_given_before_a_kill_under_load_is_there_afterwards()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        int port = ServerProcess.FreePort();
        try
        {
            var answered = new List<string>();
            using (var first = await ServerProcess.StartAsync(folder, port))
            {
                var client = first.Client;
                // Eight callers, each as of other instants, until the process dies under them.
                var callers = Enumerable.Range(0, 8).Select(async caller =>
                {
                    for (int i = 0; ; i++)
                    {
                        string asOf = Call.SampleTime.AddMinutes(-1 - caller - (8 * i)).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
                        try
                        {
                            using var content = new StringContent(Call.Parameters("demo-recovering", asOf: asOf).ToJsonString(), Encoding.UTF8, "application/json");
                            using var response = await client.PostAsync("/fhir/$assess-risk", content);
                            if (response.StatusCode != HttpStatusCode.OK)
                                return;
                            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
                            lock (answered)
                                answered.Add(json.RootElement.GetProperty("id").GetString()!);
                        }
                        catch (HttpRequestException)
                        {
                            return;
                        }
                    }
                }).ToArray();
                for (int wait = 0; wait < 400; wait++)
                {
                    lock (answered)
                    {
                        if (answered.Count >= 20)
                            break;
                    }
                    await Task.Delay(25, TestContext.Current.CancellationToken);
                }
                await first.KillAsync();
                await Task.WhenAll(callers);
            }
            Assert.True(answered.Count >= 20);
            using (var second = await ServerProcess.StartAsync(folder, port))
            {
                var client = second.Client;
                foreach (string id in answered)
                {
                    using var response = await client.GetAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken);
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                }
                await second.KillAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(string Id, string Detail)> Fire(HttpClient client)
    {
        using var content = new StringContent(Call.PatientView("demo-deteriorating").ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(Call.Hook, content);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        var card = json.RootElement.GetProperty("cards")[0];
        return (card.GetProperty("links")[0].GetProperty("url").GetString()!.Split('/')[^1], card.GetProperty("detail").GetString()!);
    }

    private static async Task<string> Page(HttpClient client, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/fhir/RiskAssessment/{id}");
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
