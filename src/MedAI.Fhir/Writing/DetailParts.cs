using MedAI.Fhir.Conformance;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>What the details of predictions and abstentions share.</summary>
internal static class DetailParts
{
    public static ModelDetail Model(ModelManifest manifest, ModelIdentity model) => new()
    {
        Id = model.Id,
        Version = model.Version,
        Hash = model.Hash,
        Title = manifest.Title,
        Publisher = manifest.Publisher,
        Licence = manifest.Licence,
        IntendedUse = manifest.IntendedUse,
        TrainingStatement = manifest.TrainingStatement,
        Limitations = manifest.Limitations,
        Caution = manifest.Service.Caution,
        BaseRate = manifest.Outcome.BaseRate,
        BaseRateCohort = manifest.Outcome.BaseRateCohort,
        Thresholds = Thresholds(manifest.Thresholds),
    };

    public static IReadOnlyList<ThresholdDetail> Thresholds(IReadOnlyList<ManifestThreshold> thresholds) =>
        [.. thresholds.Select(t => new ThresholdDetail(t.Id, t.Title, t.Value, t.Indicator, t.AlertRate, t.Ppv, t.Sensitivity))];

    public static EstimateDetail Estimate(Estimate estimate) => new(estimate.Outcome.System, estimate.Outcome.Code, estimate.OutcomeText, estimate.Horizon,
        estimate.Value.Value, estimate.Interval?.Low.Value, estimate.Interval?.High.Value, estimate.Band?.Code, estimate.Band?.Display, estimate.Threshold?.Id);

    /// <param name="used">True: only the variables that have a value.</param>
    public static QualityDetail Quality(DataQualityReport quality, bool used = false) => new()
    {
        Used = quality.Used,
        Converted = quality.Converted,
        NotForThisModel = quality.NotForThisModel,
        Flags = [.. quality.Flagged.Select(f => new CountDetail(MeasurementFlagNames.NameOf(f.Key), QualityWords.Of(f.Key), f.Value))],
        Rejected = quality.Rejected.Count == 0 ? [] : [.. quality.Rejected.GroupBy(r => (r.Reason, r.VariableId)).OrderBy(g => g.Key.Reason).ThenBy(g => g.Key.VariableId, StringComparer.Ordinal)
            .Select(g => new RejectionDetail(KebabCase.Of(g.Key.Reason), QualityWords.Of(g.Key.Reason), g.Key.VariableId, g.Count()))],
        // A state that never held is neither used nor missing.
        Variables = [.. quality.Variables.Where(v => v.Count > 0 || (v.Missing && !used)).Select(v => new VariableDetail(v.VariableId, v.Title, v.Count, v.NewestAgeHours is { } age ? Math.Round(age, 4) : null, v.Stale))],
        Remarks = quality.Remarks,
    };

    /// <summary>Every source of the values that a model looks at; null, and nothing made, where there is none.</summary>
    public static InputDetail[]? Inputs(PatientTimeline timeline, ResultContext context)
    {
        if (timeline is { Stay: null, Measurements.Count: 0, States.Count: 0 })
            return null;
        var entries = InputReferences.Entries(timeline, context);
        if (entries.Count == 0)
            return null;
        var inputs = new InputDetail[entries.Count];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i] = new InputDetail(entries[i].Reference ?? entries[i].Urn ?? entries[i].Display, entries[i].ContentHash);
        return inputs;
    }

    public static string KindCode(ContributionKind kind) => kind switch
    {
        ContributionKind.Treatment => "treatment",
        ContributionKind.Demographic => "demographic",
        ContributionKind.Missingness => "missingness",
        _ => "measurement",
    };
}
