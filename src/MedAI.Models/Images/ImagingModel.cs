using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Logging;

namespace MedAI.Models.Images;

/// <summary>A loaded imaging model: lets through what it was made for, makes the input, runs it, refuses strangers, calibrates and guards what comes out.</summary>
/// <remarks>Immutable and thread safe. Owns its runner.</remarks>
public sealed partial class ImagingModel : IImagingModel, IAsyncDisposable
{
    private readonly IModelRunner _runner;
    private readonly ImagingManifest _manifest;
    private readonly ImageGate _gate;
    private readonly PixelPipeline _pipeline;
    private readonly EstimateMaker _estimates;
    private readonly IReadOnlyList<int> _mapShape;
    private readonly ILogger _logger;

    /// <param name="package">Verified package of kind imaging.</param>
    /// <param name="runner">Runs the package's model; disposed with this.</param>
    public ImagingModel(ModelPackage package, IModelRunner runner, ILogger<ImagingModel> logger)
    {
        ArgumentNullException.ThrowIfNull(package);
        Package = package;
        Identity = new ModelIdentity(package.Manifest.Id, package.Manifest.Version, package.ModelHash);
        _manifest = package.Manifest.AsImaging();
        _runner = runner;
        _gate = new ImageGate(package.Manifest);
        _pipeline = new PixelPipeline(_manifest.Imaging);
        _estimates = new EstimateMaker(package.Manifest);
        _logger = logger;
        Layout = new TensorLayout(package.Manifest.Tensors);
        _mapShape = [.. package.Manifest.Tensors.Outputs.Single(t => t.Name == Layout.Cam).Shape.Skip(1).Select(d => d.GetInt32())];
    }

    public ModelPackage Package { get; }

    public ModelIdentity Identity { get; }

    internal TensorLayout Layout { get; }

    public ImageExamination Examine(ImageAttributes attributes) => _gate.Examine(attributes);

    public PreparedImage Prepare(MedicalImage image, DateTimeOffset asOf)
    {
        ArgumentNullException.ThrowIfNull(image);
        ImageExamination examination = _gate.Examine(image.Attributes);
        if (examination.Reasons.Count > 0)
            return new PreparedImage(Abstain(examination.Reasons, asOf, examination.Remarks));
        if (PixelFormatRules.CheckFrame(image.Attributes, image.Frame.Length) is { } mismatch)
            return new PreparedImage(Abstain([mismatch], asOf, examination.Remarks));
        return Encode(image, asOf, examination.Remarks);
    }

    /// <summary>Makes the input of an image that passed the gate.</summary>
    internal PreparedImage Encode(MedicalImage image, DateTimeOffset asOf, IReadOnlyList<string> remarks)
    {
        InputRows rows = Layout.Rent(1, 0);
        try
        {
            Span<float> tensor = rows.Tensor(0);
            _pipeline.Write(image, tensor);
            return new PreparedImage(rows, InputHash.Of(_manifest.Imaging.Resize.Rows, _manifest.Imaging.Resize.Columns, tensor), asOf, remarks);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    public async Task<Outcome> PredictAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Abstention is { } abstention)
            return abstention;
        RunResult result = await RunAsync(input, deadline, cancellationToken).ConfigureAwait(false);
        return result.Outputs is { } outputs ? Conclude(input, outputs) : new InferenceError(result.Error ?? InferenceErrorKind.RuntimeFailure);
    }

    public ValueTask<RunResult> RunAsync(PreparedImage input, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _runner.RunAsync(input.Take(), deadline, cancellationToken);
    }

    public Outcome Conclude(PreparedImage input, IReadOnlyDictionary<string, float[]> outputs)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(outputs);
        string? fault = OutputGuard.Fault(outputs, Layout, 1);
        if (fault is null)
        {
            // Not "score > threshold": a score that is no number must refuse too.
            if (!(outputs[Layout.Ood!][0] <= _manifest.OutOfDistribution.Threshold))
                return Abstain([new AbstentionReason(AbstentionKind.OutOfDistribution, "The image is unlike the images that the model was made from.")], input.AsOf, input.Remarks);
            if (TryEstimate(outputs, out List<Estimate>? estimates))
                return Predict(input, outputs, estimates);
        }
        InferenceMetrics.Count($"{Identity.Id} {Identity.Version}", InferenceErrorKind.ImplausibleOutput);
        LogImplausibleOutput(_logger, Identity.Id, Identity.Version, fault ?? "calibrated probability");
        return new InferenceError(InferenceErrorKind.ImplausibleOutput);
    }

    public ValueTask DisposeAsync() => _runner.DisposeAsync();

    private bool TryEstimate(IReadOnlyDictionary<string, float[]> outputs, [NotNullWhen(true)] out List<Estimate>? estimates)
    {
        estimates = null;
        if (!_estimates.TryMake(outputs, Layout, 0, out Estimate? main))
            return false;
        List<Estimate> all = [main];
        foreach (ManifestFinding finding in _manifest.Findings)
        {
            if (!_estimates.TryMake(finding, outputs[finding.Output][0], out Estimate? estimate))
                return false;
            all.Add(estimate);
        }
        estimates = all;
        return true;
    }

    private Prediction Predict(PreparedImage input, IReadOnlyDictionary<string, float[]> outputs, List<Estimate> estimates) => new()
    {
        Model = Identity,
        Estimates = estimates,
        Explanation = new Explanation(Package.Manifest.Explanation.Method, []),
        Artefacts = [new Artefact(Artefact.ActivationMap, "application/octet-stream", MemoryMarshal.AsBytes(outputs[Layout.Cam!].AsSpan()).ToArray(), _mapShape)],
        Quality = QualityOf(input.Remarks),
        AsOf = input.AsOf,
        TimeZero = input.AsOf,
        InputHash = input.InputHash,
    };

    private Abstention Abstain(IReadOnlyList<AbstentionReason> reasons, DateTimeOffset asOf, IReadOnlyList<string> remarks) =>
        new() { Model = Identity, Reasons = reasons, Quality = QualityOf(remarks), AsOf = asOf };

    /// <summary>One image, with its remarks.</summary>
    private static DataQualityReport QualityOf(IReadOnlyList<string> remarks) => new()
    {
        Used = 1,
        Converted = 0,
        Flagged = new Dictionary<MeasurementFlags, int>(),
        Rejected = [],
        NotForThisModel = 0,
        Variables = [],
        Remarks = remarks,
    };

    [LoggerMessage(2052, LogLevel.Error, "Model {Model} {Version} gave an implausible output ({Fault}); nothing was made of it.")]
    private static partial void LogImplausibleOutput(ILogger logger, string model, string version, string fault);
}
