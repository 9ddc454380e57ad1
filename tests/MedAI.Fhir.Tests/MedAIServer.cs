using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests;

/// <summary>The real server on a free loopback port with a data folder of its own.</summary>
public sealed class MedAIServer : IAsyncDisposable
{
    private readonly bool _ownsFolder;

    private MedAIServer(WebApplication app, string dataFolder, bool ownsFolder)
    {
        App = app;
        DataFolder = dataFolder;
        _ownsFolder = ownsFolder;
        Origin = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Client = new HttpClient(new CollectingHandler()) { BaseAddress = new Uri(Origin), Timeout = TimeSpan.FromSeconds(60) };
    }

    public WebApplication App { get; }

    public string DataFolder { get; }

    /// <summary>Without a trailing slash.</summary>
    public string Origin { get; }

    public string FhirBase => Origin + "/fhir";

    public HttpClient Client { get; }

    public static Task<MedAIServer> StartAsync(params string[] args) => StartAsync(null, args);

    /// <summary>Starts and waits until ready.</summary>
    /// <param name="dataFolder">An existing folder to go on with, or null for a new one that is deleted at the end.</param>
    /// <param name="configure">Replaces parts of the server: its clock, its store, its models, its logs.</param>
    /// <param name="wait">False returns as soon as it listens.</param>
    public static async Task<MedAIServer> StartAsync(string? dataFolder, string[] args, Action<WebApplicationBuilder>? configure = null, bool wait = true)
    {
        string folder = dataFolder ?? Directory.CreateTempSubdirectory("medai-test-").FullName;
        var app = Server.Create(["--urls", "http://127.0.0.1:0", "--data", folder, "--Logging:LogLevel:Default", "Warning", .. args], configure);
        await app.StartAsync();
        var server = new MedAIServer(app, folder, dataFolder is null);
        for (int attempt = 0; wait && attempt < 600; attempt++)
        {
            using var ready = await server.Client.GetAsync("/health/ready");
            if (ready.StatusCode == HttpStatusCode.OK)
                return server;
            await Task.Delay(50);
        }
        if (!wait)
            return server;
        throw new TimeoutException("The server did not get ready: " + await server.Client.GetStringAsync("/health/ready"));
    }

    /// <summary>Posts JSON and reads JSON.</summary>
    public async Task<(HttpStatusCode Status, JsonDocument Body, HttpResponseMessage Response)> PostAsync(string path, ReadOnlyMemory<byte> json, string contentType = "application/json")
    {
        using var content = new ReadOnlyMemoryContent(json);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        var response = await Client.PostAsync(path, content);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        return (response.StatusCode, JsonDocument.Parse(body.Length == 0 ? "null"u8.ToArray() : body), response);
    }

    /// <summary>Keeps every version of what the server authored, also what only a hook caused and nobody read.</summary>
    private async Task CollectAsync()
    {
        // One test gives the server an origin that no card may link to; what it writes there is as odd as the origin.
        if (!App.Services.GetRequiredService<PublicAddress>().FhirBase.StartsWith("http", StringComparison.Ordinal))
            return;
        var store = App.Services.GetRequiredService<IResourceStore>();
        try
        {
            foreach (string type in ResourceEndpoints.AuthoredTypes)
            {
                foreach (var resource in await store.ListAsync(type, int.MaxValue, CancellationToken.None))
                {
                    CollectedResources.Add(resource.Json.Span);
                    for (int version = 1; version < resource.Version; version++)
                    {
                        if (await store.ReadAsync(type, resource.Id, version, CancellationToken.None) is { } earlier)
                            CollectedResources.Add(earlier.Json.Span);
                    }
                }
            }
        }
        catch (StoreUnavailableException)
        {
            // A test broke the store on purpose; what its clients saw is kept all the same.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (CollectedResources.IsOn)
            await CollectAsync();
        await App.StopAsync();
        await App.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(DataFolder, recursive: true);
    }
}

/// <summary>One demo server for all tests that only ask.</summary>
public class DemoServer : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MedAIServer.StartAsync(["--demo", .. Arguments()]);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Further settings.</summary>
    protected virtual string[] Arguments() => [];
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgresDemoServer : DemoServer
{
    private readonly Store.PostgresOfTest _database = new();

    protected override string[] Arguments() => ["--Store:ConnectionString", _database.ConnectionString];
}
