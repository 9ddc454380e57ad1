using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Access.Outbound;

/// <summary>Another system on real Kestrel, that counts connections and remembers what it was asked.</summary>
public sealed class FakeUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _connections;
    private int _running;
    private int _mostAtOnce;

    private FakeUpstream(RequestDelegate answer, X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Use(next => connection =>
                {
                    Interlocked.Increment(ref _connections);
                    return next(connection);
                });
                if (certificate is not null)
                    listen.UseHttps(certificate);
            });
        });
        _app = builder.Build();
        _app.Run(async context =>
        {
            Requests.Enqueue(new Asked(context.Request.Method, context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            InterlockedMax(ref _mostAtOnce, Interlocked.Increment(ref _running));
            try
            {
                await answer(context);
            }
            catch (OperationCanceledException)
            {
                // The client left.
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        });
    }

    public sealed record Asked(string Method, string Path, Dictionary<string, string> Headers);

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Connections that were opened, with or without a request.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    /// <summary>Without a trailing slash.</summary>
    public string Origin => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public int Port => new Uri(Origin).Port;

    public static async Task<FakeUpstream> StartAsync(RequestDelegate answer, X509Certificate2? certificate = null)
    {
        var upstream = new FakeUpstream(answer, certificate);
        await upstream._app.StartAsync();
        return upstream;
    }

    public static Task<FakeUpstream> StartAsync(string text) => StartAsync(context => context.Response.WriteAsync(text));

    /// <summary>A certificate for a name that nobody asks for, signed by nobody.</summary>
    public static X509Certificate2 WrongCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=somebody.else.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
