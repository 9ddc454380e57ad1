namespace MedAI.Fhir.Tests.Access;

[Trait("promise", "S-18")]
public sealed class LoopbackTests
{
    [Theory]
    [InlineData("--urls", "http://0.0.0.0:5080")]
    [InlineData("--urls", "http://*:5080")]
    [InlineData("--urls", "http://[::]:5080")]
    [InlineData("--urls", "http://192.168.1.5:5080")]
    [InlineData("--urls", "http://medai.example.org:5080")]
    [InlineData("--urls", "http://127.0.0.1:5080;http://10.0.0.1:5081")]
    [InlineData("--Kestrel:Endpoints:Http:Url", "http://0.0.0.0:5080")]
    [InlineData("--urls=http://localhost.example.org:5080", null)]
    public void Address_that_others_can_reach_is_refused_with_the_reason(string option, string? value)
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            var refused = Assert.Throws<InvalidOperationException>(() => Server.Create(value is null ? ["--data", folder, option] : ["--data", folder, option, value]));
            Assert.Contains("MedAI refuses", refused.Message, StringComparison.Ordinal);
            Assert.Contains("127.0.0.1", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://localhost:5080")]
    [InlineData("http://[::1]:5080")]
    [InlineData("http://127.0.0.2:5080")]
    public async Task Loopback_is_accepted(string url)
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        await using (Server.Create(["--data", folder, "--urls", url]))
        {
        }
        Directory.Delete(folder, recursive: true);
    }
}
