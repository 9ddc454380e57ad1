using MedAI.Models.Images;
using MedAI.Models.Inference;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Logging;

namespace MedAI.Models.Packages;

/// <summary>A model that may serve.</summary>
internal sealed record LoadedModel(IServedModel Model, ModelStatus Status);

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
        IServedModel model = manifest.Kind == ModelKind.Imaging
            ? new ImagingModel(package, runner, loggers.CreateLogger<ImagingModel>())
            : new SequenceModel(package, runner, loggers.CreateLogger<SequenceModel>());
        bool serves = false;
        try
        {
            DateTimeOffset deadline = time.GetUtcNow() + options.VerificationTimeout;
            (double difference, problems) = await GoldenCheck.RunAsync(package, runner, new TensorLayout(manifest.Tensors), deadline, cancellationToken).ConfigureAwait(false);
            if (problems.Count > 0)
                return (null, problems);
            Task<InferenceErrorKind?> warmUp = model is ImagingModel imaging
                ? WarmUpAsync(imaging, deadline, cancellationToken)
                : WarmUpAsync((SequenceModel)model, deadline, cancellationToken);
            if (await warmUp.ConfigureAwait(false) is { } error)
                return (null, [new ManifestProblem(manifest.Files.Model.Path, $"The warm-up run failed: {error}.")]);
            serves = true;
            return (new LoadedModel(model, new ModelStatus(model.Identity, session.Provider, difference)), []);
        }
        finally
        {
            if (!serves)
                await ((IAsyncDisposable)model).DisposeAsync().ConfigureAwait(false);
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

    /// <summary>Readings of a grey ramp in 16 bits, the costliest kind: the whole way from pixels to estimate. That the model may call it a stranger is as good.</summary>
    private async Task<InferenceErrorKind?> WarmUpAsync(ImagingModel model, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ManifestImaging imaging = model.Package.Manifest.AsImaging().Imaging;
        var attributes = new ImageAttributes
        {
            Rows = imaging.MinimumRows,
            Columns = imaging.MinimumColumns,
            PhotometricInterpretation = "MONOCHROME2",
            BitsAllocated = 16,
            BitsStored = 16,
        };
        var frame = new byte[attributes.FrameBytes];
        for (int i = 0; i < frame.Length; i++)
            frame[i] = (byte)(i / attributes.Columns);
        var image = new MedicalImage(attributes, frame);
        model.Examine(attributes);
        for (int i = 0; i < options.WarmUpRuns; i++)
        {
            using PreparedImage input = model.Encode(image, DateTimeOffset.UnixEpoch, []);
            if (await model.PredictAsync(input, deadline, cancellationToken).ConfigureAwait(false) is InferenceError error)
                return error.Kind;
        }
        cancellationToken.ThrowIfCancellationRequested();
        return null;
    }
}
