using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Logging;

namespace MedAI.Models.Predictions;

/// <summary>A loaded sequence model: checks whom it may judge, encodes, runs with its explanation, calibrates and guards what comes out.</summary>
/// <remarks>Immutable and thread safe. Owns its runner.</remarks>
public sealed partial class SequenceModel : ISequenceModel, IAsyncDisposable
{
    private readonly IModelRunner _runner;
    private readonly HourlyGridEncoder _encoder;
    private readonly Applicability _applicability;
    private readonly EstimateMaker _estimates;
    private readonly ILogger _logger;

    /// <param name="package">Verified package.</param>
    /// <param name="runner">Runs the package's model; disposed with this.</param>
    public SequenceModel(ModelPackage package, IModelRunner runner, ILogger<SequenceModel> logger)
    {
        ArgumentNullException.ThrowIfNull(package);
        Package = package;
        Identity = new ModelIdentity(package.Manifest.Id, package.Manifest.Version, package.ModelHash);
        Variables = new VariableTable(package.Manifest);
        _runner = runner;
        _encoder = new HourlyGridEncoder(package.Manifest, Variables);
        _applicability = new Applicability(package.Manifest, Variables);
        _estimates = new EstimateMaker(package.Manifest);
        _logger = logger;
        Layout = new TensorLayout(package.Manifest.Tensors);
    }

    public ModelPackage Package { get; }

    public ModelIdentity Identity { get; }

    public VariableTable Variables { get; }

    internal TensorLayout Layout { get; }

    public PreparedInput Prepare(PatientTimeline timeline)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        if (timeline.Variables != Variables)
            throw new ArgumentException("The timeline was made for another model.", nameof(timeline));
        List<AbstentionReason> reasons = _applicability.CheckPatient(timeline);
        if (reasons.Count > 0)
            return Abstain(timeline, reasons);
        EncodedGrid grid = _encoder.Encode(timeline, Applicability.AgeOf(timeline));
        reasons = _applicability.CheckData(timeline, grid);
        if (reasons.Count > 0)
        {
            grid.Dispose();
            return Abstain(timeline, reasons);
        }
        return new PreparedInput { Timeline = timeline, Grid = grid, InputHash = InputHash.Of(grid) };
    }

    public async Task<Outcome> PredictAsync(PreparedInput input, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Abstention is { } abstention)
            return abstention;
        EncodedGrid grid = input.Grid ?? throw new ArgumentException("A prepared input has an abstention or a grid.", nameof(input));
        OcclusionPlan plan = OcclusionPlan.Create(Package.Manifest, Variables, grid);
        RunResult result = await _runner.RunAsync(Layout.Rent(plan, grid), deadline, cancellationToken).ConfigureAwait(false);
        if (result.Outputs is not { } outputs)
            return new InferenceError(result.Error ?? InferenceErrorKind.RuntimeFailure);

        PatientTimeline timeline = input.Timeline;
        DateTimeOffset timeZero = timeline.Stay!.Start;
        double hours = (timeline.AsOf - timeZero).TotalHours;
        string? fault = OutputGuard.Fault(outputs, Layout, plan.Rows.Count);
        if (fault is null && _estimates.TryMake(outputs, Layout, hours, out Estimate? estimate))
        {
            return new Prediction
            {
                Model = Identity,
                Estimates = [estimate],
                Explanation = _estimates.Explain(outputs[Layout.Logit], plan, timeline, hours),
                Quality = timeline.Quality,
                AsOf = timeline.AsOf,
                TimeZero = timeZero,
                InputHash = input.InputHash,
            };
        }
        InferenceMetrics.Count($"{Identity.Id} {Identity.Version}", InferenceErrorKind.ImplausibleOutput);
        LogImplausibleOutput(_logger, Identity.Id, Identity.Version, fault ?? "calibrated risk");
        return new InferenceError(InferenceErrorKind.ImplausibleOutput);
    }

    public ValueTask DisposeAsync() => _runner.DisposeAsync();

    private PreparedInput Abstain(PatientTimeline timeline, List<AbstentionReason> reasons) => new()
    {
        Timeline = timeline,
        Abstention = new Abstention { Model = Identity, Reasons = reasons, Quality = timeline.Quality, AsOf = timeline.AsOf },
    };

    [LoggerMessage(2051, LogLevel.Error, "Model {Model} {Version} gave an implausible output ({Fault}); no score was made of it.")]
    private static partial void LogImplausibleOutput(ILogger logger, string model, string version, string fault);
}
