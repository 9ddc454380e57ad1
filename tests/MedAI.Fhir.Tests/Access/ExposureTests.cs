using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MedAI.Fhir.Tests.Access.Clients;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Access;

public sealed class ExposureTests
{
    [Theory, Trait("promise", "S-18")]
    [InlineData("--urls", "http://0.0.0.0:5080")]
    [InlineData("--urls", "https://0.0.0.0:5080")]
    [InlineData("--urls", "http://*:5080")]
    [InlineData("--urls", "http://[::]:5080")]
    [InlineData("--urls", "http://192.168.1.5:5080")]
    [InlineData("--urls", "http://medai.example.org:5080")]
    [InlineData("--urls", "http://127.0.0.1:5080;http://10.0.0.1:5081")]
    [InlineData("--Kestrel:Endpoints:Http:Url", "http://0.0.0.0:5080")]
    [InlineData("--urls=http://localhost.example.org:5080", null)]
    public void Without_clients_an_address_that_others_can_reach_is_refused_with_the_reason(string option, string? value)
    {
        string refused = Refused(value is null ? [option] : [option, value]);
        Assert.Contains("no clients are configured", refused, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", refused, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "J4")]
    public void Without_TLS_an_address_that_others_can_reach_is_refused_unless_a_proxy_is_declared()
    {
        using var ehr = new FakeEhr();
        string[] client = ["--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", FakeEhr.Issuer, "--Clients:Trusted:0:JwksFile", ehr.KeysFile];
        Assert.Contains("no TLS", Refused([.. client, "--urls", "http://0.0.0.0:5080"]), StringComparison.Ordinal);
        Assert.Contains("demo", Refused([.. client, "--demo", "--urls", "https://0.0.0.0:5080"]), StringComparison.Ordinal);
        Assert.Contains("PublicOrigin", Refused([.. client, "--MedAI:TlsTerminatedByProxy", "true", "--urls", "http://0.0.0.0:5080"]), StringComparison.Ordinal);
        Assert.Contains("PublicOrigin", Refused([.. client, "--MedAI:TlsTerminatedByProxy", "true", "--MedAI:PublicOrigin", "http://medai.example.org"]), StringComparison.Ordinal);
        Accepted([.. client, "--urls", "https://0.0.0.0:5080"]);
        Accepted([.. client, "--MedAI:TlsTerminatedByProxy", "true", "--MedAI:PublicOrigin", "https://medai.example.org", "--urls", "http://0.0.0.0:5080"]);
    }

    [Theory, Trait("promise", "S-18")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://localhost:5080")]
    [InlineData("http://[::1]:5080")]
    [InlineData("http://127.0.0.2:5080")]
    public void Loopback_is_accepted(string url) => Accepted(["--urls", url]);

    [Trait("promise", "W11")]
    [Fact, Trait("promise", "J4"), Trait("promise", "W5")]
    public async Task Own_certificate_gives_TLS_1_2_or_later_and_nothing_before()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        using var ehr = new FakeEhr();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string file = Path.Combine(folder, "tls.pfx");
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "secret"), TestContext.Current.CancellationToken);
        await using (var app = Server.Create(["--data", folder, "--urls", "https://127.0.0.1:0", "--Logging:LogLevel:Default", "None", "--Kestrel:Certificates:Default:Path", file,
            "--Kestrel:Certificates:Default:Password", "secret", "--Clients:Trusted:0:Name", "ehr", "--Clients:Trusted:0:Issuer", FakeEhr.Issuer, "--Clients:Trusted:0:JwksFile", ehr.KeysFile]))
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            var origin = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            foreach (var version in (SslProtocols[])[SslProtocols.Tls12, SslProtocols.Tls13])
            {
                using var client = Client(version);
                using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(origin, "/cds-services"));
                asked.Headers.Add("Authorization", "Bearer " + ehr.Token(origin.GetLeftPart(UriPartial.Authority) + "/cds-services"));
                Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(asked, TestContext.Current.CancellationToken)).StatusCode);
            }
#pragma warning disable CA5397, SYSLIB0039 // The old version is what must not work.
            using var old = Client(SslProtocols.Tls11);
#pragma warning restore CA5397, SYSLIB0039
            await Assert.ThrowsAsync<HttpRequestException>(() => old.GetAsync(new Uri(origin, "/health/live"), TestContext.Current.CancellationToken));
            await app.StopAsync(TestContext.Current.CancellationToken);
        }
        Directory.Delete(folder, recursive: true);

        HttpClient Client(SslProtocols version) => new(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new() { EnabledSslProtocols = version, RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString() },
        });
    }

    private static string Refused(string[] args)
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            string message = Assert.Throws<InvalidOperationException>(() => Server.Create(["--data", folder, .. args])).Message;
            Assert.StartsWith("MedAI refuses", message, StringComparison.Ordinal);
            return message;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Accepted(string[] args)
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        using ((IDisposable)Server.Create(["--data", folder, .. args]))
        {
        }
        Directory.Delete(folder, recursive: true);
    }
}
