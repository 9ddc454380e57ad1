using System.Text.RegularExpressions;
using MedAI.Fhir.Access.Outbound;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Access.Outbound;

public sealed partial class OriginTests
{
    private const string Trusted = "https://ehr.example.org";

    [Theory, Trait("promise", "S-21")]
    [InlineData("https://ehr.example.org.evil.test/")]
    [InlineData("https://ehr.example.org@evil.test/")]
    [InlineData("https://user:pw@ehr.example.org/")]
    [InlineData("https://ehr.example.org:444/")]
    [InlineData("http://ehr.example.org/")]
    [InlineData("http://ehr.example.org:443/")]
    [InlineData("//ehr.example.org/")]
    [InlineData("/studies")]
    [InlineData("https:/ehr.example.org/")]
    [InlineData("https:ehr.example.org/")]
    [InlineData("https:///ehr.example.org/")]
    [InlineData("https:\\\\ehr.example.org\\")]
    [InlineData("https://ehr.example.org\\@evil.test/")]
    [InlineData("https://ehr%2eexample.org/")]
    [InlineData("https://ehr.example.org%2e/")]
    [InlineData("https://ehr.example.org%00.evil.test/")]
    [InlineData("https://ehr.example.org#@evil.test/")]
    [InlineData("https://ehr.example.org /")]
    [InlineData(" https://ehr.example.org/")]
    [InlineData("https://ehr.example.org\t/")]
    [InlineData("https://ehr.example.org\r\nHost: evil.test/")]
    [InlineData("https://ehr.example.org../")]
    [InlineData("https://xn--ehr-example-org.test/")]
    [InlineData("https://еhr.example.org/")]
    [InlineData("https://ehr.exаmple.org/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://ehr.example.org/")]
    [InlineData("ftp://ehr.example.org/")]
    [InlineData("\\\\ehr.example.org\\share")]
    [InlineData("jar:https://ehr.example.org!/")]
    [InlineData("")]
    [InlineData(null)]
    public void Address_that_only_looks_trusted_is_refused(string? address)
    {
        using var guard = Ask.Guard(Ask.Trusting(Trusted));
        Assert.False(guard.TryTarget(address, OutboundUse.DicomWeb, out _));
    }

    [Theory, Trait("promise", "S-21")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://127.0.0.1./")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/")]
    public void Other_ways_to_write_a_trusted_address_are_refused(string address)
    {
        using var guard = Ask.Guard(Ask.Trusting("http://127.0.0.1", "http://[::1]"));
        Assert.False(guard.TryTarget(address, OutboundUse.DicomWeb, out _));
        Assert.True(guard.TryTarget("http://127.0.0.1/x", OutboundUse.DicomWeb, out _));
        Assert.True(guard.TryTarget("http://[::1]/x", OutboundUse.DicomWeb, out _));
    }

    [Theory, Trait("promise", "S-21")]
    [InlineData("https://ehr.example.org", "/")]
    [InlineData("https://EHR.Example.ORG/Patient/1", "/Patient/1")]
    [InlineData("https://ehr.example.org./a", "/a")]
    [InlineData("https://ehr.example.org:443/a/../b?c=d", "/b?c=d")]
    [InlineData("https://ehr.example.org//evil.test/", "//evil.test/")]
    [InlineData("HTTPS://ehr.example.org/a@b", "/a@b")]
    public void Same_origin_is_asked_at_the_configured_one(string address, string path)
    {
        using var guard = Ask.Guard(Ask.Trusting(Trusted));
        var target = guard.Target(address);
        Assert.Equal(path, target.PathAndQuery);
        Assert.Equal(Trusted, target.Origin.ToString());
        // What would be sent.
        Assert.Equal("ehr.example.org", new Uri(target.Origin + target.PathAndQuery).Host);
    }

    [Fact, Trait("promise", "S-21")]
    public void Generated_addresses_are_accepted_only_where_the_text_itself_names_the_origin()
    {
        using var guard = Ask.Guard(Ask.Trusting(Trusted));
        string[] parts = ["https:", "http:", "//", "/", "\\", "@", ":", ":443", ":444", ".", "%2e", "%2F", "#", "?", "ehr.example.org", "EHR.example.org", "evil.test", "127.0.0.1", "[::1]", "user", "\t", " ", "\u3002", "ехаmple", "xn--", "..", "%00", "studies"];
        var random = new Random(20260301);
        int accepted = 0;
        for (int i = 0; i < 60_000; i++)
        {
            // Half of them begin well, so that the interesting part is reached.
            string address = (i % 2 == 0 ? "https://ehr.example.org" : "") + string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => parts[random.Next(parts.Length)]));
            if (!guard.TryTarget(address, OutboundUse.DicomWeb, out var target))
                continue;
            accepted++;
            Assert.Matches(NamesTheOrigin(), address);
            Assert.Equal("ehr.example.org", new Uri(target.Origin + target.PathAndQuery).Host);
        }
        Assert.InRange(accepted, 1_000, 50_000);
    }

    [Fact, Trait("promise", "S-24")]
    public void Origin_is_trusted_for_its_uses_only()
    {
        using var guard = Ask.Guard(new OutboundOptions { Origins = [new OriginOptions { Origin = Trusted, Uses = [OutboundUse.Fhir] }] });
        Assert.True(guard.TryTarget(Trusted + "/fhir", OutboundUse.Fhir, out _));
        Assert.False(guard.TryTarget(Trusted + "/fhir", OutboundUse.DicomWeb, out _));
        Assert.False(guard.TryTarget(Trusted + "/fhir", OutboundUse.Jwks, out _));
    }

    [Fact, Trait("promise", "S-21")]
    public void Endless_address_is_refused()
    {
        using var guard = Ask.Guard(Ask.Trusting(Trusted));
        Assert.False(guard.TryTarget(Trusted + "/" + new string('a', 10_000), OutboundUse.DicomWeb, out _));
    }

    [Fact, Trait("promise", "M-280")]
    public void Only_the_guard_can_open_a_connection()
    {
        // The build refuses these types elsewhere; this holds the list of exceptions, and of files that switch the refusal off: XmlInput for the one XML reader and
        // TimedFhirPath for the one place of FHIRPath, which open nothing.
        string[] allowed = ["CheckedConnection.cs", "TrustedOrigin.cs", "DemoShow.cs", "XmlInput.cs", "TimedFhirPath.cs"];
        string[] found = [.. Directory.EnumerateFiles(RepositoryRoot.Combine("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => WaysOut().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetFileName(file)!)
            .Order(StringComparer.Ordinal)];
        Assert.Equal(allowed.Order(StringComparer.Ordinal), found);
        string banned = File.ReadAllText(RepositoryRoot.Combine("BannedSymbols.txt"));
        foreach (string type in (string[])["T:System.Net.Http.SocketsHttpHandler", "T:System.Net.Http.HttpClientHandler", "M:System.Net.Http.HttpClient.#ctor;", "T:System.Net.Sockets.Socket"])
            Assert.Contains(type, banned, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^https://ehr\.example\.org\.?(:443)?([/?].*)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex NamesTheOrigin();

    [GeneratedRegex(@"\bnew (HttpClient|SocketsHttpHandler|HttpClientHandler|Socket|TcpClient|UdpClient|ClientWebSocket)\b|WebRequest\.|RS0030|IHttpClientFactory")]
    private static partial Regex WaysOut();
}
