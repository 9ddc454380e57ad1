using MedAI.Models.Inference;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Logging;

namespace MedAI.Models.Packages;

/// <summary>A model that may serve.</summary>
internal sealed record LoadedModel(SequenceModel Model, ModelStatus Status);

/// <summary>Takes one package folder all the way to a model that may serve: bytes, session, golden vectors, warm-up.</summary>
internal sealed class ModelLoader(ModelCatalogOptions options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Loads the package of a folder named <c>&lt;id&gt;/&lt;version&gt;</c>.</summary>
    /// <returns>The model, or every problem found.</returns>
    public async Task<(LoadedModel? Model, IReadOnlyList<ManifestProblem> Problems)> LoadAsync(string folder, CancellationToken cancellationToken)
    {
        (ModelPackage? package, IReadOnlyList<ManifestProblem> problems) = ModelPackage.Load(folder, options.Limits);
        if (package is null)
            return (null, problems);
        ModelManifest manifest = package.Manifest;
        var place = new DirectoryInfo(folder);
        var misplaced = new ProblemList();
        misplaced.Require(place.Parent?.Name == manifest.Id, "$.id", "Must be the name of the folder above the version's.");
        misplaced.Require(place.Name == manifest.Version, "$.version", "Must be the name of the package folder.");
        if (misplaced.Count > 0)
            return (null, misplaced.ToList());

        (ModelSession? session, problems) = ModelSession.Open(package, options.Inference);
        if (session is null)
            return (null, problems);
        var runner = new ModelRunner(session, $"{manifest.Id} {manifest.Version}", options.Inference, time, loggers.CreateLogger<ModelRunner>());
        var model = new SequenceModel(package, runner, loggers.CreateLogger<SequenceModel>());
        bool serves = false;
        try
        {
            DateTimeOffset deadline = time.GetUtcNow() + options.VerificationTimeout;
            (double difference, problems) = await GoldenCheck.RunAsync(package, runner, model.Layout, deadline, cancellationToken).ConfigureAwait(false);
            if (problems.Count > 0)
                return (null, problems);
            if (await WarmUpAsync(model, deadline, cancellationToken).ConfigureAwait(false) is { } error)
                return (null, [new ManifestProblem(manifest.Files.Model.Path, $"The warm-up run failed: {error}.")]);
            serves = true;
            return (new LoadedModel(model, new ModelStatus(model.Identity, session.Provider, difference)), []);
        }
        finally
        {
            if (!serves)
                await model.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Explained predictions of an empty stay at the end of the window: the whole way from encoder to estimate.</summary>
    private async Task<InferenceErrorKind?> WarmUpAsync(SequenceModel model, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        DateTimeOffset asOf = DateTimeOffset.UnixEpoch.AddYears(50);
        ManifestTiming timing = model.Package.Manifest.AsSequence().Timing;
        var builder = new PatientTimelineBuilder(model.Variables, asOf)
        {
            Stay = new CareStay(asOf.AddHours(-timing.MaximumHours), null, IcuType.Unknown, false, new SourceReference("warm-up")),
        };
        PatientTimeline timeline = builder.Build();
        var encoder = new HourlyGridEncoder(model.Package.Manifest, model.Variables);
        model.Prepare(timeline).Dispose();
        for (int i = 0; i < options.WarmUpRuns; i++)
        {
            using EncodedGrid grid = encoder.Encode(timeline, null);
            // The largest batch of one request: every series and every static group occluded.
            grid.Observed[^model.Variables.SeriesCount..].Fill(1);
            using var input = new PreparedInput { Timeline = timeline, Grid = grid, InputHash = InputHash.Of(grid) };
            if (await model.PredictAsync(input, deadline, cancellationToken).ConfigureAwait(false) is InferenceError error)
                return error.Kind;
        }
        cancellationToken.ThrowIfCancellationRequested();
        return null;
    }
}
