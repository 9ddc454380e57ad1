using System.Globalization;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>Whether a model may say anything about a patient: first the person and the setting, then the data.</summary>
/// <remarks>
/// Reasons about person or setting come alone, all of them: whoever is no patient of this model is not asked for more data.
/// Texts name the rule or the missing datum and hold no identity.
/// </remarks>
internal sealed class Applicability(ModelManifest manifest, VariableTable variables)
{
    private readonly ManifestTiming _timing = manifest.AsSequence().Timing;
    private readonly ManifestMinimumData _minimum = manifest.AsSequence().MinimumData;
    private readonly ModelVariable[] _required = [.. variables.Variables.Where(v => v.Manifest.Required)];

    private readonly (string Title, ModelVariable[] Variables)[] _anyOf =
        [.. manifest.AsSequence().MinimumData.AnyOf.Select(g => (g.Title, g.Variables.Select(id => variables.Find(id)!).ToArray()))];

    /// <summary>Why the person or the setting is not the model's; empty when they are.</summary>
    public List<AbstentionReason> CheckPatient(PatientTimeline timeline)
    {
        var reasons = new List<AbstentionReason>();
        CheckStay(timeline, reasons);
        if (timeline.Patient.Deceased)
            reasons.Add(new(AbstentionKind.Deceased, "The patient is recorded as deceased."));
        if (PopulationRules.CheckAge(manifest.Population, AgeOf(timeline), "the birth date is not known") is { } age)
            reasons.Add(age);
        if (PopulationRules.CheckSex(manifest.Population, timeline.Patient.Sex) is { } sex)
            reasons.Add(sex);
        return reasons;
    }

    /// <summary>What is missing or too old in an encoded stay of the model's own population; empty when there is enough.</summary>
    public List<AbstentionReason> CheckData(PatientTimeline timeline, EncodedGrid grid)
    {
        var reasons = new List<AbstentionReason>();
        bool[] observed = Observed(grid);
        ModelVariable[] missing = [.. _required.Where(v => !IsKnown(v))];
        if (missing.Length > 0)
            reasons.Add(new(AbstentionKind.NotEnoughData, $"The model needs {string.Join(" and ", missing.Select(v => v.Title))}.", [.. missing.Select(v => v.Title)]));
        foreach ((string title, ModelVariable[] group) in _anyOf)
        {
            if (!group.Any(v => observed[v.SeriesIndex]))
                reasons.Add(new(AbstentionKind.NotEnoughData, $"The model needs {title}: at least one of {string.Join(", ", group.Select(v => v.Title))}.", [title]));
        }
        int distinct = observed.Count(o => o);
        if (distinct < _minimum.DistinctVariables)
        {
            reasons.Add(new(AbstentionKind.NotEnoughData,
                $"Only {distinct} of at least {_minimum.DistinctVariables} different measurements were made since the start of the stay.",
                [.. variables.Variables.Take(observed.Length).Where(v => !observed[v.SeriesIndex]).Select(v => v.Title)]));
        }
        if (NewestAge(timeline) is { } age && age > _minimum.NewestWithinHours)
        {
            reasons.Add(new(AbstentionKind.StaleData,
                $"The newest measurement is {Hours(age)} old; the model needs one from the last {Hours(_minimum.NewestWithinHours)}."));
        }
        return reasons;

        bool IsKnown(ModelVariable v) => v.SeriesIndex >= 0 ? observed[v.SeriesIndex] : !timeline.InWindow(v).IsEmpty;
    }

    private void CheckStay(PatientTimeline timeline, List<AbstentionReason> reasons)
    {
        if (timeline.Stay is not { } stay)
        {
            reasons.Add(new(AbstentionKind.TimeZeroUnknown, "The start of the current intensive care stay is not known."));
            return;
        }
        double elapsed = (timeline.AsOf - stay.Start).TotalHours;
        if (elapsed < _timing.MinimumHours || elapsed > _timing.MaximumHours)
        {
            string where = elapsed < 0 ? "before that start" : $"{Hours(elapsed)} after it";
            reasons.Add(new(AbstentionKind.OutsideWindow,
                $"The model is for the time from {Number(_timing.MinimumHours)} to {Hours(_timing.MaximumHours)} after the start of the intensive care stay; the time of the score lies {where}."));
        }
        if (stay.EncounterEnded)
            reasons.Add(new(AbstentionKind.EncounterEnded, "The encounter has ended."));
        else if (stay.End <= timeline.AsOf)
            reasons.Add(new(AbstentionKind.OutsideSetting, "The intensive care stay has ended."));
    }

    /// <summary>Completed years at time zero, or at as-of where there is none.</summary>
    internal static int? AgeOf(PatientTimeline timeline) => timeline.Patient.AgeAt(timeline.Stay?.Start ?? timeline.AsOf);

    private static bool[] Observed(EncodedGrid grid)
    {
        var observed = new bool[grid.Series];
        ReadOnlySpan<float> cells = grid.Observed;
        for (int i = 0; i < cells.Length; i++)
            observed[i % observed.Length] |= cells[i] != 0;
        return observed;
    }

    private double? NewestAge(PatientTimeline timeline)
    {
        double? newest = null;
        foreach (ModelVariable v in variables.Variables)
        {
            // A state that once began says nothing about how fresh the chart is.
            if (v.SeriesIndex < 0 || v.Manifest.State is not null || timeline.InWindow(v) is not [.., var last])
                continue;
            double age = (timeline.AsOf - last.Effective).TotalHours;
            newest = newest is { } n ? Math.Min(n, age) : age;
        }
        return newest;
    }

    private static string Hours(double hours) => $"{Number(hours)} h";

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
