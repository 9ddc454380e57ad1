using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using MedAI.Training.Icu2012;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Testing.Icu2012;

/// <summary>The risk of a raw stay by the trainer's encoder and the shipped ONNX alone: one row, one session, no server, no FHIR.</summary>
public sealed class RawRisk : IDisposable
{
    private readonly ModelManifest _manifest;
    private readonly VariableTable _variables;
    private readonly HourlyGridEncoder _encoder;
    private readonly InferenceSession _session;

    public RawRisk()
    {
        _manifest = ShippedManifest.Read();
        _variables = new VariableTable(_manifest);
        _encoder = new HourlyGridEncoder(_manifest, _variables);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(File.ReadAllBytes(Path.Combine(ShippedManifest.Folder, _manifest.Files.Model.Path)), options);
    }

    /// <summary>Calibrated risk, 0..1.</summary>
    public double Of(IcuStay stay, int asOfMinutes)
    {
        var timeline = IcuStayTimeline.AsOf(stay, _variables, asOfMinutes);
        using var grid = _encoder.Encode(timeline, timeline.Patient.AgeAt(timeline.Stay!.Start));
        long[] series = [1, grid.Steps, grid.Series];
        using var values = OrtValue.CreateTensorValueFromMemory(grid.Values.ToArray(), series);
        using var observed = OrtValue.CreateTensorValueFromMemory(grid.Observed.ToArray(), series);
        using var hoursSince = OrtValue.CreateTensorValueFromMemory(grid.HoursSince.ToArray(), series);
        using var statics = OrtValue.CreateTensorValueFromMemory(grid.Statics, [1, grid.Statics.Length]);
        var byRole = new Dictionary<string, OrtValue> { ["values"] = values, ["observed"] = observed, ["hours-since"] = hoursSince, ["statics"] = statics };
        var inputs = _manifest.Tensors.Inputs;
        using var run = new RunOptions();
        using var outputs = _session.Run(run, [.. inputs.Select(t => t.Name)], [.. inputs.Select(t => byRole[t.Role])], [_manifest.Tensors.Outputs.Single(t => t.Role == "logit").Name]);
        double logit = outputs[0].GetTensorDataAsSpan<float>()[0];
        var (slope, intercept) = Calibration(asOfMinutes / 60.0);
        return 1 / (1 + Math.Exp(-(slope * logit + intercept)));
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Linear between the landmarks on either side, constant beyond the first and the last.</summary>
    private (double Slope, double Intercept) Calibration(double hours)
    {
        var landmarks = _manifest.Calibration.Landmarks;
        var before = landmarks.LastOrDefault(l => l.Hours <= hours) ?? landmarks[0];
        var after = landmarks.FirstOrDefault(l => l.Hours >= hours) ?? landmarks[^1];
        double share = after.Hours > before.Hours ? (hours - before.Hours) / (after.Hours - before.Hours) : 0;
        return (before.Slope * (1 - share) + after.Slope * share, before.Intercept * (1 - share) + after.Intercept * share);
    }
}
