using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Training.Icu2012;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>A finished package with the server's own encoder and refusals, run directly in ONNX Runtime.</summary>
internal sealed class ShippedIcuModel : IDisposable
{
    private readonly SequenceModel _model;

    private ShippedIcuModel(ModelPackage package)
    {
        Package = package;
        Scorer = new GridScorer(package.ModelBytes.ToArray());
        _model = new SequenceModel(package, new NoRunner(), NullLogger<SequenceModel>.Instance);
    }

    public ModelPackage Package { get; }

    public GridScorer Scorer { get; }

    public VariableTable Variables => _model.Variables;

    /// <exception cref="InvalidDataException">The package has problems; every one is named.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ShippedIcuModel Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"No folder '{folder}'.");
        var (package, problems) = ModelPackage.Load(folder);
        return package is not null
            ? new ShippedIcuModel(package)
            : throw new InvalidDataException($"The package has problems:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
    }

    /// <summary>Scores every stay with what was known at <paramref name="hour"/>.</summary>
    /// <param name="cohort">Stays to score.</param>
    /// <param name="hour">Hours after admission.</param>
    /// <param name="unseen">Ask all members, not only those that never saw the stay.</param>
    public LandmarkScores Score(IcuCohort cohort, int hour, bool unseen)
    {
        var refused = new bool[cohort.Stays.Count];
        var samples = new GridSample[cohort.Stays.Count];
        var encoder = new SharedEncoder(Package.Manifest, Variables);
        Parallel.For(0, samples.Length, i =>
        {
            samples[i] = encoder.Encode(cohort.Stays[i], hour * 60);
            using var prepared = _model.Prepare(IcuStayTimeline.AsOf(cohort.Stays[i].Stay, Variables, hour * 60));
            refused[i] = prepared.Abstention is not null;
        });
        var logits = unseen ? Scorer.Logits(samples) : Scorer.HeldLogits(samples);
        return new LandmarkScores(hour, cohort, logits, RiskCalibration.Risks(Package.Manifest.Calibration, logits, hour), refused, Array.ConvertAll(samples, s => s.DistinctVariables));
    }

    /// <summary>The encoded input of one stay; null when the server refuses it. The caller disposes it.</summary>
    public PreparedInput? Prepare(LabelledStay stay, int hour)
    {
        var prepared = _model.Prepare(IcuStayTimeline.AsOf(stay.Stay, Variables, hour * 60));
        if (prepared.Abstention is null)
            return prepared;
        prepared.Dispose();
        return null;
    }

    public void Dispose() => Scorer.Dispose();

    /// <summary>Only encoding and refusals are asked of the server's model here; it never runs.</summary>
    private sealed class NoRunner : IModelRunner
    {
        public ValueTask<RunResult> RunAsync(InputRows rows, DateTimeOffset deadline, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
