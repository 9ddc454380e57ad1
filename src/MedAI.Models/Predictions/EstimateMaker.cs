using System.Diagnostics.CodeAnalysis;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>Makes a calibrated estimate and its explanation out of guarded outputs.</summary>
internal sealed class EstimateMaker(ModelManifest manifest)
{
    /// <summary>Two-sided 95 % of a normal distribution.</summary>
    private const double NormalQuantile = 1.96;

    private readonly LogitCalibration _calibration = new(manifest.Calibration);

    /// <summary>Calibrates row 0.</summary>
    /// <remarks>
    /// The interval, where the model is an ensemble, is the mean of the calibrated member logits plus and minus 1.96 standard deviations
    /// (n - 1), widened to hold the estimate: how far the members disagree, not a confidence interval of the patient's true risk.
    /// </remarks>
    public bool TryMake(IReadOnlyDictionary<string, float[]> outputs, TensorLayout layout, double hours, [NotNullWhen(true)] out Estimate? estimate)
    {
        estimate = null;
        double risk = _calibration.Risk(outputs[layout.Logit][0], hours);
        if (!(risk >= 0 && risk <= 1))
            return false;
        (Probability, Probability)? interval = null;
        if (layout.Members is { } name)
        {
            int members = outputs[name].Length / outputs[layout.Logit].Length;
            interval = Interval(outputs[name].AsSpan(0, members), risk, hours);
        }
        estimate = new Estimate(manifest.Outcome.Coding, manifest.Outcome.Text, manifest.Outcome.Horizon, new Probability(risk), interval,
            manifest.Bands.LastOrDefault(b => b.From <= risk), manifest.Thresholds.LastOrDefault(t => t.Value <= risk));
        return true;
    }

    /// <summary>Calibrates a further finding.</summary>
    public bool TryMake(ManifestFinding finding, double logit, [NotNullWhen(true)] out Estimate? estimate)
    {
        double risk = LogitCalibration.Sigmoid(finding.Calibration.Slope * logit + finding.Calibration.Intercept);
        estimate = risk >= 0 && risk <= 1
            ? new Estimate(finding.Coding, finding.Text, manifest.Outcome.Horizon, new Probability(risk), null, null, finding.Thresholds.LastOrDefault(t => t.Value <= risk))
            : null;
        return estimate is not null;
    }

    /// <summary>Contributions of every row after the first, largest first; the intercept cancels out and the slope stays.</summary>
    public Explanation Explain(float[] logits, OcclusionPlan plan, PatientTimeline timeline, double hours)
    {
        double slope = _calibration.At(hours).Slope;
        var contributions = new List<Contribution>(plan.Rows.Count - 1);
        for (int i = 1; i < plan.Rows.Count; i++)
        {
            OcclusionRow row = plan.Rows[i];
            (ContributionValue? newest, IReadOnlyList<SourceReference> sources) = Origin(row, timeline);
            contributions.Add(new Contribution(row.Id, row.Title, row.Kind, slope * ((double)logits[0] - logits[i]), newest, sources));
        }
        contributions.Sort(static (a, b) =>
        {
            int bySize = Math.Abs(b.LogOdds).CompareTo(Math.Abs(a.LogOdds));
            return bySize != 0 ? bySize : string.CompareOrdinal(a.Id, b.Id);
        });
        return new Explanation(manifest.Explanation.Method, contributions);
    }

    private (Probability, Probability) Interval(ReadOnlySpan<float> members, double risk, double hours)
    {
        (double slope, double intercept) = _calibration.At(hours);
        double mean = 0;
        foreach (float m in members)
            mean += slope * m + intercept;
        mean /= members.Length;
        double squares = 0;
        foreach (float m in members)
            squares += Math.Pow(slope * m + intercept - mean, 2);
        double spread = NormalQuantile * Math.Sqrt(squares / (members.Length - 1));
        return (new Probability(Math.Min(risk, LogitCalibration.Sigmoid(mean - spread))), new Probability(Math.Max(risk, LogitCalibration.Sigmoid(mean + spread))));
    }

    private static (ContributionValue? Newest, IReadOnlyList<SourceReference> Sources) Origin(OcclusionRow row, PatientTimeline timeline)
    {
        if (row.Kind == ContributionKind.Missingness)
            return (null, []);
        if (row.Kind == ContributionKind.Demographic && row.Id == "icu-type")
            return (null, timeline.Stay is { } stay ? [stay.Encounter] : []);
        ModelVariable? variable = row.Kind == ContributionKind.Demographic ? timeline.Variables.FindStatic(row.Id) : timeline.Variables.Find(row.Id);
        if (variable is null)
            return (null, []);
        ReadOnlySpan<Measurement> measurements = timeline.InWindow(variable);
        ContributionValue? newest = measurements is [.., var last] && variable.Manifest.State is null ? new(last.Value, last.Unit, last.Effective) : null;
        return (newest, timeline.SourcesInWindow(variable));
    }
}
