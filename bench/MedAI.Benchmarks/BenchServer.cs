using System.Net;
using MedAI.Fhir;
using MedAI.Fhir.Assessments;
using MedAI.Samples;
using MedAI.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Benchmarks;

/// <summary>The real server in this process, in demo mode because its clock then fits the samples, with persistence on in a folder that is deleted at the end.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private BenchServer(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public int Port { get; }

    public IServiceProvider Services => _app.Services;

    public AssessableModel Model => Services.GetRequiredService<AssessableModels>().All[0];

    public string HookPath => "/cds-services/" + Model.Manifest.Id;

    public static async Task<BenchServer> StartAsync(params string[] more)
    {
        string folder = Directory.CreateTempSubdirectory("medai-bench-").FullName;
        var app = Server.Create(["--demo", "--urls", "http://127.0.0.1:0", "--data", folder, "--models", RepositoryRoot.Combine("models"),
            "--samples", RepositoryRoot.Combine("samples"), "--Logging:LogLevel:Default", "Warning", .. more]);
        await app.StartAsync();
        var server = new BenchServer(app, folder);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };
        for (int attempt = 0; attempt < 1200; attempt++)
        {
            using var ready = await client.GetAsync("/health/ready");
            if (ready.StatusCode == HttpStatusCode.OK)
                return server;
            await Task.Delay(50);
        }
        await server.DisposeAsync();
        throw new TimeoutException("The server did not get ready within a minute.");
    }

    public static FullStayHooks Stays() => new(SampleFiles.Make()["requests/patient-view-demo-deteriorating-prefetch.json"]);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
