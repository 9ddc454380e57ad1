using System.Net;
using System.Text;
using System.Text.Json;
using MedAI.Fhir.Store;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-451")]
public sealed class ModelCardTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    [Fact]
    public async Task Card_is_the_package_s_own_by_Device_and_by_model()
    {
        var devices = await Server.App.Services.GetRequiredService<IResourceStore>().ListAsync("Device", 10, TestContext.Current.CancellationToken);
        string id = devices.Single(d => d.Id.StartsWith("icu-mortality", StringComparison.Ordinal)).Id;
        var byDevice = (await Server.GetAsync($"/fhir/Device/{id}/$model-card")).AssertOk();
        Assert.Equal("DocumentReference", byDevice.Json.GetProperty("resourceType").GetString());
        Assert.Equal("AIModelCard", byDevice.Json.GetProperty("type").GetProperty("coding")[0].GetProperty("code").GetString());
        byte[] card = byDevice.Json.GetProperty("content")[0].GetProperty("attachment").GetProperty("data").GetBytesFromBase64();
        Assert.Equal(File.ReadAllBytes(RepositoryRoot.Combine("models", "icu-mortality", "2.0.0", "model-card.json")), card);
        foreach (string query in (string[])["?model=icu-mortality", "?model=icu-mortality%7C2.0.0"])
            Assert.Equal(byDevice.Text, (await Server.GetAsync("/fhir/$model-card" + query)).AssertOk().Text);
        const string Body = """{"resourceType":"Parameters","parameter":[{"name":"model","valueString":"icu-mortality"}]}""";
        Assert.Equal(byDevice.Text, (await Server.PostTextAsync("/fhir/$model-card", Body)).AssertOk().Text);
        Assert.Equal(byDevice.Text, (await Server.PostTextAsync($"/fhir/Device/{id}/$model-card", "", "")).AssertOk().Text);
        using var parsed = JsonDocument.Parse(Encoding.UTF8.GetString(card));
        Assert.Equal(JsonValueKind.Object, parsed.RootElement.ValueKind);
    }

    [Theory]
    [InlineData("/fhir/$model-card?model=none", HttpStatusCode.UnprocessableEntity, "unknown-model")]
    [InlineData("/fhir/$model-card?model=icu-mortality%7C9.9.9", HttpStatusCode.UnprocessableEntity, "unknown-model")]
    [InlineData("/fhir/$model-card", HttpStatusCode.BadRequest, "missing-parameter")]
    [InlineData("/fhir/Device/none/$model-card", HttpStatusCode.NotFound, "not-found")]
    [InlineData("/fhir/Device/none/$model-card?model=icu-mortality", HttpStatusCode.BadRequest, "invalid-parameter")]
    public async Task What_cannot_be_had_is_said(string path, HttpStatusCode status, string code) => (await Server.GetAsync(path)).AssertFailure(status, code);
}
