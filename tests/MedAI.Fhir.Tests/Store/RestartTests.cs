using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
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
        int port = FreePort();
        try
        {
            string id, resource, page, detail;
            using (var first = await Start(folder, port))
            {
                using var client = Client(port);
                (id, detail) = await Fire(client);
                resource = await client.GetStringAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken);
                page = await Page(client, id);
                await Kill(first);
            }
            using (var second = await Start(folder, port))
            {
                using var client = Client(port);
                Assert.Equal(resource, await client.GetStringAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken));
                Assert.Equal(page, await Page(client, id));
                var (again, detailAgain) = await Fire(client);
                Assert.Equal(id, again);
                Assert.Equal(detail, detailAgain);
                await Kill(second);
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
        int port = FreePort();
        try
        {
            var answered = new List<string>();
            using (var first = await Start(folder, port))
            {
                using var client = Client(port);
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
                await Kill(first);
                await Task.WhenAll(callers);
            }
            Assert.True(answered.Count >= 20);
            using (var second = await Start(folder, port))
            {
                using var client = Client(port);
                foreach (string id in answered)
                {
                    using var response = await client.GetAsync($"/fhir/RiskAssessment/{id}", TestContext.Current.CancellationToken);
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                }
                await Kill(second);
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

    private static HttpClient Client(int port) => new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };

    private static async Task<Running> Start(string folder, int port)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "MedAI.Fhir.dll"), "--demo", "--data", folder, "--urls", $"http://127.0.0.1:{port}"])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var client = Client(port);
        for (int attempt = 0; attempt < 600 && !process.HasExited; attempt++)
        {
            try
            {
                using var ready = await client.GetAsync("/health/ready");
                if (ready.StatusCode == HttpStatusCode.OK)
                    return new Running(process);
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(100);
        }
        process.Kill();
        throw new TimeoutException("The server process did not get ready.");
    }

    /// <summary>SIGKILL: no handler runs.</summary>
    private static async Task Kill(Running server)
    {
        server.Process.Kill();
        await server.Process.WaitForExitAsync();
    }

    /// <summary>A server process that does not outlive its test, however that ends.</summary>
    private sealed record Running(Process Process) : IDisposable
    {
        public void Dispose()
        {
            if (!Process.HasExited)
                Process.Kill();
            Process.Dispose();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
