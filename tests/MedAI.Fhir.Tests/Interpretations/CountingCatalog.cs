using MedAI.Models.Images;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Tests.Interpretations;

/// <summary>The real catalogue, whose imaging models count their runs and fail where a test says so.</summary>
internal sealed class CountingCatalog(IModelCatalog inner) : IModelCatalog
{
    private (IReadOnlyList<IImagingModel> Inner, IReadOnlyList<IImagingModel> Counting)? _models;
    private int _runs;

    public int Runs => _runs;

    /// <summary>What runs give instead of the model's outputs; null leaves them to the model.</summary>
    public Func<RunResult>? Answer { get; set; }

    public IReadOnlyList<IServedModel> Models => inner.Models;

    public IReadOnlyList<ISequenceModel> SequenceModels => inner.SequenceModels;

    public IReadOnlyList<IImagingModel> ImagingModels
    {
        get
        {
            var models = inner.ImagingModels;
            if (_models is not { } known || !ReferenceEquals(known.Inner, models))
                _models = known = (models, [.. models.Select(m => new Counting(m, this))]);
            return known.Counting;
        }
    }

    public bool Ready => inner.Ready;

    public IReadOnlyDictionary<string, IReadOnlyList<ManifestProblem>> Refused => inner.Refused;

    public IServedModel? Find(string id) => inner.Find(id);

    private sealed class Counting(IImagingModel model, CountingCatalog catalog) : IImagingModel
    {
        public ModelPackage Package => model.Package;

        public ModelIdentity Identity => model.Identity;

        public ImageExamination Examine(ImageAttributes attributes) => model.Examine(attributes);

        public PreparedImage Prepare(MedicalImage image, DateTimeOffset asOf) => model.Prepare(image, asOf);

        public ValueTask<RunResult> RunAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref catalog._runs);
            return catalog.Answer is { } answer ? ValueTask.FromResult(answer()) : model.RunAsync(input, deadline, cancellationToken);
        }

        public Outcome Conclude(PreparedImage input, IReadOnlyDictionary<string, float[]> outputs) => model.Conclude(input, outputs);

        public Task<Outcome> PredictAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken) => model.PredictAsync(input, deadline, cancellationToken);
    }
}
