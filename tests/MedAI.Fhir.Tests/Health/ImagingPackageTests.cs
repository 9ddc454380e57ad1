using System.Net;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Health;

public sealed class ImagingPackageTests
{
    [Fact, Trait("promise", "M-233")]
    public async Task Imaging_package_is_published_with_device_and_card_but_never_asked_about_stays()
    {
        // It claims what only a model of stays can do.
        ModelManifest greedy = TestImagingManifest.Create();
        greedy = greedy with { Service = greedy.Service with { Hooks = ["patient-view"], Operations = ["assess-risk"] } };
        using var sequence = new TinyPackage();
        using TinyPackage imaging = TinyImagingModel.Package(greedy, root: sequence.Root);
        await using var server = await MedAIServer.StartAsync("--models", sequence.Root);

        var models = (await server.GetAsync("/health/ready")).AssertOk().Json.GetProperty("models").EnumerateArray()
            .Select(m => (m.GetProperty("id").GetString(), m.GetProperty("kind").GetString()));
        Assert.Equal([("test-chest", "imaging"), ("test-mortality", "sequence")], models);

        ModelIdentity identity = Assert.Single(server.App.Services.GetRequiredService<IModelCatalog>().ImagingModels).Identity;
        var device = (await server.GetAsync($"/fhir/Device/{DeviceIds.For(identity)}")).AssertOk();
        Assert.Contains("AI-for-Medical-Imaging-Data", device.Text, StringComparison.Ordinal);
        (await server.GetAsync($"/fhir/DocumentReference/{DeviceIds.ForModelCard(identity)}")).AssertOk();

        var prefetch = (await server.GetAsync("/cds-services")).Json.GetProperty("services").EnumerateArray()
            .ToLookup(s => s.GetProperty("id").GetString(), s => string.Join(',', s.GetProperty("prefetch").EnumerateObject().Select(p => p.Name)));
        Assert.Equal(["patient,imaging-studies", "patient,imaging-study"], prefetch["test-chest"]);
        Assert.DoesNotContain(prefetch["test-mortality"], p => p.Contains("imaging", StringComparison.Ordinal));
        var bundle = Call.Parameters("demo-stable", model: "test-chest");
        (await server.AssessAsync(bundle)).AssertFailure(HttpStatusCode.UnprocessableEntity, "unknown-model");
    }
}
