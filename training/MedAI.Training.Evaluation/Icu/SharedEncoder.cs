using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Encodes a stay with the very code that the server uses.</summary>
internal sealed class SharedEncoder
{
    private readonly VariableTable _variables;
    private readonly HourlyGridEncoder _encoder;

    public SharedEncoder(ModelManifest manifest)
        : this(manifest, new VariableTable(manifest))
    {
    }

    public SharedEncoder(ModelManifest manifest, VariableTable variables)
    {
        _variables = variables;
        _encoder = new HourlyGridEncoder(manifest, _variables);
    }

    public GridSample Encode(LabelledStay labelled, int elapsedMinutes)
    {
        var timeline = IcuStayTimeline.AsOf(labelled.Stay, _variables, elapsedMinutes);
        using var grid = _encoder.Encode(timeline, timeline.Patient.AgeAt(IcuStayTimeline.Admission));
        return new GridSample(
            labelled.Stay.RecordId,
            labelled.Outcome?.DiedInHospital ?? false,
            grid.Steps,
            grid.Values.ToArray(),
            grid.Observed.ToArray(),
            grid.HoursSince.ToArray(),
            grid.Statics);
    }

    /// <summary>Encodes many stays, each as of its own minute, on all cores.</summary>
    public GridSample[] EncodeAll(IReadOnlyList<LabelledStay> stays, Func<int, int> minutes)
    {
        var samples = new GridSample[stays.Count];
        Parallel.For(0, stays.Count, i => samples[i] = Encode(stays[i], minutes(i)));
        return samples;
    }

    /// <summary>Encodes every stay as of the same hour.</summary>
    public GridSample[] EncodeAt(IReadOnlyList<LabelledStay> stays, int hour) => EncodeAll(stays, _ => hour * 60);
}
