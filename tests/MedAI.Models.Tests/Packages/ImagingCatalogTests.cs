using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Models.Tests.Packages;

public sealed class ImagingCatalogTests
{
    private static readonly ModelManifest s_manifest = TestImagingManifest.Create();

    private static Task<ModelCatalog> LoadAsync(TinyPackage package) => ModelCatalog.LoadAsync(new() { RootFolder = package.Root }, TestContext.Current.CancellationToken);

    [Fact, Trait("promise", "M-232")]
    public async Task Imaging_package_is_verified_warmed_and_listed_beside_a_sequence_package()
    {
        using TinyPackage package = TinyImagingModel.Package();
        using var sequence = new TinyPackage(TestManifest.Create("HR", "K", "MechVent"), root: package.Root);
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Empty(catalog.Refused.SelectMany(r => r.Value));
        Assert.True(catalog.Ready);
        Assert.Equal([s_manifest.Id, sequence.Manifest.Id], catalog.Models.Select(m => m.Identity.Id));
        IImagingModel imaging = Assert.Single(catalog.ImagingModels);
        Assert.Same(imaging, catalog.Find(s_manifest.Id));
        Assert.Same(Assert.Single(catalog.SequenceModels), catalog.Find(sequence.Manifest.Id));
        Assert.Equal(package.Manifest.Files.Model.Sha256, imaging.Identity.Hash);
        Assert.All(catalog.Status, s => Assert.InRange(s.GoldenDifference, 0, 1e-5));
    }

    [Theory, Trait("promise", "M-232")]
    [InlineData("logit", 1e-3f)]
    [InlineData("cam", 1e-3f)]
    [InlineData("ood", -1e-3f)]
    [InlineData("members", float.MaxValue)]
    public async Task Golden_picture_that_is_not_reproduced_refuses_the_package(string output, float off)
    {
        GoldenVectors golden = TinyImagingModel.Golden();
        float[] values = [.. golden.Cases[1].Outputs[output]];
        values[^1] += off;
        GoldenCase wrong = golden.Cases[1] with { Outputs = new Dictionary<string, float[]>(golden.Cases[1].Outputs) { [output] = values } };
        using TinyPackage package = TinyImagingModel.Package(golden: golden with { Cases = [golden.Cases[0], wrong] });
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Equal($"golden.json:$.cases[1].outputs.{output}", Assert.Single(Assert.Single(catalog.Refused).Value).Path);
        Assert.Empty(catalog.ImagingModels);
    }

    [Fact, Trait("promise", "M-232")]
    public async Task Graph_of_another_size_is_refused_with_the_tensor()
    {
        ManifestTensor image = ManifestTensor.Float32("image", "image", "N", "1", "16", "16");
        ModelManifest larger = s_manifest with
        {
            Imaging = s_manifest.Imaging! with { Resize = new ManifestResize(16, 16, "area") },
            Tensors = s_manifest.Tensors with { Inputs = [image] },
        };
        GoldenVectors golden = TinyImagingModel.Golden();
        golden = golden with { Cases = [golden.Cases[0] with { Inputs = new Dictionary<string, float[]> { ["image"] = new float[256] } }] };
        using TinyPackage package = TinyImagingModel.Package(larger, golden: golden);
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Equal("$.tensors.inputs[0].shape", Assert.Single(Assert.Single(catalog.Refused).Value).Path);
    }

    [Fact, Trait("promise", "M-232")]
    public async Task Loading_again_replaces_an_imaging_model_and_a_kind_may_change()
    {
        using TinyPackage package = TinyImagingModel.Package();
        await using ModelCatalog catalog = await LoadAsync(package);
        IServedModel first = catalog.Models[0];
        using var sequence = new TinyPackage(TestManifest.Create("HR", "K", "MechVent") with { Id = s_manifest.Id, Version = "2.0.0" }, root: package.Root);
        await catalog.LoadAsync(TestContext.Current.CancellationToken);
        Assert.NotSame(first, catalog.ImagingModels[0]);
        Assert.Equal("2.0.0", catalog.Find(s_manifest.Id)!.Identity.Version);
        Assert.IsType<ISequenceModel>(catalog.Find(s_manifest.Id), exactMatch: false);
    }
}
