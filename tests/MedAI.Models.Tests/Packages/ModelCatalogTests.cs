using System.Collections.Concurrent;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.Extensions.Logging;

namespace MedAI.Models.Tests.Packages;

public sealed class ModelCatalogTests
{
    private static readonly ModelManifest s_manifest = TestManifest.Create("HR", "K", "MechVent");

    private static ModelCatalogOptions Options(TinyPackage package) => new() { RootFolder = package.Root };

    private static Task<ModelCatalog> LoadAsync(TinyPackage package) => ModelCatalog.LoadAsync(Options(package), TestContext.Current.CancellationToken);

    [Fact, Trait("promise", "M-15")]
    public async Task Good_package_is_ready_with_its_identity_and_provider()
    {
        using var package = new TinyPackage(s_manifest);
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Empty(catalog.Refused.SelectMany(r => r.Value));
        Assert.True(catalog.Ready);
        Assert.Equal(new ModelIdentity(s_manifest.Id, s_manifest.Version, package.Manifest.Files.Model.Sha256), Assert.Single(catalog.Models).Identity);
        Assert.Same(catalog.Models[0], catalog.Find(s_manifest.Id));
        Assert.Null(catalog.Find("other"));
        Assert.InRange(Assert.Single(catalog.Status).GoldenDifference, 0, 1e-5);
    }

    [Fact, Trait("promise", "P-07")]
    public async Task Catalog_is_not_ready_before_it_was_loaded_nor_without_a_model()
    {
        using var package = new TinyPackage(s_manifest);
        await using var catalog = new ModelCatalog(Options(package));
        Assert.False(catalog.Ready);
        Assert.Empty(catalog.Models);
        await using ModelCatalog empty = await ModelCatalog.LoadAsync(new() { RootFolder = Path.Combine(package.Root, "nowhere") }, TestContext.Current.CancellationToken);
        Assert.False(empty.Ready);
        Assert.Single(empty.Refused);
    }

    [Fact, Trait("promise", "P-07")]
    public async Task Broken_package_among_good_ones_is_refused_and_logged_and_the_catalog_is_not_ready()
    {
        using var package = new TinyPackage(s_manifest);
        using var broken = new TinyPackage(s_manifest with { Version = "1.1.0" }, root: package.Root);
        File.AppendAllText(broken.File("model.onnx"), "x");
        using var log = new MemoryLog();
        await using var catalog = new ModelCatalog(Options(package), null, log);
        await catalog.LoadAsync(TestContext.Current.CancellationToken);
        Assert.Equal("1.0.0", catalog.Find(s_manifest.Id)!.Identity.Version);
        Assert.Equal("model.onnx", Assert.Single(catalog.Refused[$"{s_manifest.Id}/1.1.0"]).Path);
        Assert.False(catalog.Ready);
        Assert.Single(log.Lines, l => l.StartsWith("Error 2202", StringComparison.Ordinal) && l.Contains("model.onnx", StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "M-15")]
    public async Task Newest_version_is_found_by_semantic_order()
    {
        using var package = new TinyPackage(s_manifest with { Version = "1.9.0" });
        using var newer = new TinyPackage(s_manifest with { Version = "1.10.0" }, root: package.Root);
        using var preview = new TinyPackage(s_manifest with { Version = "1.10.0-rc.1" }, root: package.Root);
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Equal(3, catalog.Models.Count);
        Assert.Equal("1.10.0", catalog.Find(s_manifest.Id)!.Identity.Version);
    }

    [Fact, Trait("promise", "P-04")]
    public async Task Golden_mismatch_is_refused_with_the_output_that_is_off()
    {
        GoldenVectors golden = new AffineModel(s_manifest).Golden();
        float[] logits = [.. golden.Cases[1].Outputs["logit"]];
        logits[2] += 0.001f;
        GoldenCase wrong = golden.Cases[1] with { Outputs = new Dictionary<string, float[]>(golden.Cases[1].Outputs) { ["logit"] = logits } };
        using var package = new TinyPackage(s_manifest, golden: golden with { Cases = [golden.Cases[0], wrong, golden.Cases[2]] });
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Equal("golden.json:$.cases[1].outputs.logit", Assert.Single(Assert.Single(catalog.Refused).Value).Path);
        Assert.Empty(catalog.Models);
    }

    [Fact, Trait("promise", "P-04")]
    public async Task Model_that_gives_no_numbers_does_not_reproduce_its_golden_vectors()
    {
        byte[] model = new AffineModel(s_manifest).ToOnnx(o => o.Constant("nan", [float.NaN], 1)
            .Node("Mul", ["z", "nan"], ["logit"]).Node("Sigmoid", ["z"], ["probability"]).Output("logit", "N").Output("probability", "N"));
        using var package = new TinyPackage(s_manifest, model);
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.All(Assert.Single(catalog.Refused).Value, p => Assert.EndsWith(".outputs.logit", p.Path));
    }

    [Fact, Trait("promise", "P-04")]
    public async Task Folder_names_must_be_those_of_the_manifest()
    {
        using var package = new TinyPackage(s_manifest);
        package.WriteManifest(package.Manifest with { Id = "other", Version = "2.0.0" });
        await using ModelCatalog catalog = await LoadAsync(package);
        Assert.Equal(["$.id", "$.version"], Assert.Single(catalog.Refused).Value.Select(p => p.Path));
    }

    [Fact, Trait("promise", "P-05")]
    public async Task Loading_again_replaces_the_models_as_a_whole()
    {
        using var package = new TinyPackage(s_manifest);
        await using ModelCatalog catalog = await LoadAsync(package);
        IServedModel first = catalog.Models[0];
        await catalog.LoadAsync(TestContext.Current.CancellationToken);
        Assert.NotSame(first, Assert.Single(catalog.Models));
        Assert.True(catalog.Ready);
    }

    private sealed class MemoryLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)}");
    }
}
