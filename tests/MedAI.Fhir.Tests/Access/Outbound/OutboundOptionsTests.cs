using MedAI.Fhir.Access.Outbound;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace MedAI.Fhir.Tests.Access.Outbound;

public sealed class OutboundOptionsTests
{
    private static readonly OriginOptions Good = new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb] };

    public static TheoryData<string, OriginOptions> Wrong => new()
    {
        { "no scheme", new() { Origin = "pacs.example.org", Uses = [OutboundUse.DicomWeb] } },
        { "path", new() { Origin = "https://pacs.example.org/dicom-web", Uses = [OutboundUse.DicomWeb] } },
        { "query", new() { Origin = "https://pacs.example.org/?a=b", Uses = [OutboundUse.DicomWeb] } },
        { "user", new() { Origin = "https://a:b@pacs.example.org", Uses = [OutboundUse.DicomWeb] } },
        { "http", new() { Origin = "http://pacs.example.org", Internal = true, Uses = [OutboundUse.DicomWeb] } },
        { "http private", new() { Origin = "http://10.0.0.1", Internal = true, Uses = [OutboundUse.DicomWeb] } },
        { "internal unsaid", new() { Origin = "https://10.0.0.1", Uses = [OutboundUse.DicomWeb] } },
        { "localhost unsaid", new() { Origin = "https://localhost", Uses = [OutboundUse.DicomWeb] } },
        { "no use", new() { Origin = "https://pacs.example.org" } },
        { "two credentials", new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb], Bearer = "a", Header = "X-Key", HeaderValue = "b" } },
        { "half of Basic", new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb], User = "a" } },
        { "half of a header", new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb], HeaderValue = "a" } },
        { "own header", new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb], Header = "Host", HeaderValue = "a" } },
        { "colon in user", new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb], User = "a:b", Password = "c" } },
        { "line break", new() { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb], Bearer = "secret\r\nX: y" } },
    };

    [Theory, Trait("promise", "M-289")]
    [MemberData(nameof(Wrong))]
    public void Ambiguous_or_unprotected_origin_stops_the_start(string what, OriginOptions entry)
    {
        var result = Validate(new OutboundOptions { Origins = [entry], LoopbackHttp = true });
        Assert.True(result.Failed, what);
        Assert.Contains("Outbound:Origins:0", result.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-289")]
    public void Origin_that_stands_twice_stops_the_start() =>
        Assert.True(Validate(new OutboundOptions { Origins = [Good, new() { Origin = "https://PACS.example.org:443", Uses = [OutboundUse.Fhir] }] }).Failed);

    [Theory, Trait("promise", "M-289")]
    [InlineData(null, "Production", false)]
    [InlineData(null, "Development", true)]
    [InlineData(true, "Production", true)]
    [InlineData(false, "Development", false)]
    public void Loopback_without_TLS_must_be_meant(bool? setting, string environment, bool good)
    {
        var options = new OutboundOptions { LoopbackHttp = setting, Origins = [new() { Origin = "http://127.0.0.1:8042", Internal = true, Uses = [OutboundUse.DicomWeb] }] };
        Assert.Equal(good, Validate(options, environment).Succeeded);
    }

    [Fact, Trait("promise", "M-289")]
    public async Task Wrong_configuration_stops_the_server()
    {
        var stopped = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var server = await MedAIServer.StartAsync(null, ["--Outbound:Origins:0:Origin", "http://pacs.example.org", "--Outbound:Origins:0:Uses:0", "DicomWeb"], wait: false);
        });
        Assert.Contains("Outbound:Origins:0", stopped.Message, StringComparison.Ordinal);
    }

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(OutboundOptions options, string environment = "Production") =>
        new OutboundOptionsValidator(new At(environment)).Validate(null, options);

    private sealed class At(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;

        public string ApplicationName { get; set; } = "test";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
