using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Tests.Timelines;
using MedAI.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Models.Tests.Predictions;

/// <summary>A sequence model over a real session, loaded from a package on disk.</summary>
internal sealed class TinyModel : IAsyncDisposable
{
    public static readonly DateTimeOffset Later = DateTimeOffset.MaxValue;

    public TinyModel(ModelManifest? manifest = null, Action<TinyOnnx>? outputs = null)
    {
        manifest ??= TestManifest.Create();
        using var files = new TinyPackage(manifest, new AffineModel(manifest).ToOnnx(outputs), WithMembers(manifest));
        Affine = files.Affine;
        (ModelPackage? package, IReadOnlyList<ManifestProblem> problems) = ModelPackage.Load(files.Folder);
        Assert.Empty(problems);
        (ModelSession? session, problems) = ModelSession.Open(package!, new InferenceOptions());
        Assert.Empty(problems);
        Model = new SequenceModel(package!, new ModelRunner(session!, "tiny", new InferenceOptions(), TimeProvider.System, NullLogger.Instance), NullLogger<SequenceModel>.Instance);
    }

    public SequenceModel Model { get; }

    public AffineModel Affine { get; }

    /// <summary>A stay of so many hours with the model's minimum data.</summary>
    public Stay Stay(double hours = 12) => Empty(hours).Add("8867-4", 92, "/min", hours - 2.5).Add("8867-4", 110, "/min", hours - 0.5)
        .Add("2823-3", 4.5, "mmol/L", hours - 5).Add("8310-5", 38.2, "Cel", hours - 1.5);

    public Stay Empty(double hours = 12) => new(hours, Model.Variables);

    public Abstention? Abstains(Stay stay)
    {
        using PreparedInput input = Model.Prepare(stay.Build());
        Assert.Equal(input.Abstention is null, input.Grid is not null);
        Assert.Equal(input.Abstention is null ? 64 : 0, input.InputHash.Length);
        return input.Abstention;
    }

    public async Task<Outcome> PredictAsync(Stay stay)
    {
        using PreparedInput input = Model.Prepare(stay.Build());
        return await Model.PredictAsync(input, Later, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => Model.DisposeAsync();

    private static GoldenVectors WithMembers(ModelManifest manifest)
    {
        GoldenVectors golden = new AffineModel(manifest).Golden();
        return golden with
        {
            Cases = [.. golden.Cases.Select(c => c with
            {
                Outputs = manifest.Tensors.Outputs.ToDictionary(t => t.Name,
                    t => c.Outputs.GetValueOrDefault(t.Name) ?? new float[c.Rows * (t.Shape.Count > 1 ? t.Shape[1].GetInt32() : 1)]),
            })],
        };
    }
}
