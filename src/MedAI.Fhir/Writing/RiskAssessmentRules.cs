using Hl7.Fhir.Model;

namespace MedAI.Fhir.Writing;

/// <summary>Checks what neither the type system nor Firely checks: the invariants of R4 and our own rules for a machine's estimate.</summary>
/// <remarks>A problem found here is a bug of ours. The texts name elements and rules, never values of a patient.</remarks>
public static class RiskAssessmentRules
{
    /// <returns>Empty when the resource may be stored and returned.</returns>
    public static IReadOnlyList<string> Check(RiskAssessment resource)
    {
        List<string>? problems = null;
        CheckFrame(resource, Report);
        CheckReferences(resource, Report);
        if (resource.Prediction.Count == 0)
            Report("prediction: at least one is required");
        for (int i = 0; i < resource.Prediction.Count; i++)
            CheckPrediction(resource.Prediction[i], $"prediction[{i}]", resource.Encounter is not null, Report);
        return problems ?? (IReadOnlyList<string>)[];

        void Report(string problem) => (problems ??= []).Add(problem);
    }

    private static void CheckFrame(RiskAssessment resource, Action<string> report)
    {
        if (string.IsNullOrEmpty(resource.Id) || !Hl7.Fhir.Model.Id.IsValidValue(resource.Id))
            report("id: is missing or not a FHIR id");
        if (resource.Meta?.VersionId is null || resource.Meta.LastUpdated is null)
            report("meta: versionId and lastUpdated are required");
        if (resource.Meta?.Security.Any(s => s.System == AITransparency.ObservationValue && s.Code == "AIAST") != true)
            report("meta.security: the AIAST label is required");
        if (resource.Status is null)
            report("status: is required");
        if (resource.Code?.Coding.Count is null or 0)
            report("code: a coding is required");
        if (resource.Method?.Coding.Any(c => !string.IsNullOrEmpty(c.Code) && !string.IsNullOrEmpty(c.Version)) != true)
            report("method: a coding with a version is required");
        if (resource.Occurrence is not FhirDateTime { Value.Length: > 10 })
            report("occurrence: a dateTime with a time of day is required");
        if (resource.Contained.Count > 0)
            report("contained: a labelled result must not be contained or contain (dom-5)");
        if (resource.Note.Any(n => string.IsNullOrEmpty(n.Text)))
            report("note.text: is required");
    }

    private static void CheckReferences(RiskAssessment resource, Action<string> report)
    {
        CheckTarget(resource.Subject, "subject", required: true, report, "Patient", "Group");
        CheckTarget(resource.Encounter, "encounter", required: false, report, "Encounter");
        CheckTarget(resource.Performer, "performer", required: true, report, "Device", "Practitioner", "PractitionerRole");
        if (resource.Performer?.Reference is { } performer && !performer.Contains("://", StringComparison.Ordinal))
            report("performer: must be absolute");
        if (resource.Basis.Count == 0)
            report("basis: is empty, but an estimate is made from data");
        var seen = new HashSet<(string, string?)>(resource.Basis.Count);
        for (int i = 0; i < resource.Basis.Count; i++)
        {
            ResourceReference basis = resource.Basis[i];
            string? key = basis.Reference ?? basis.Identifier?.Value ?? basis.Display;
            if (string.IsNullOrEmpty(key))
                report($"basis[{i}]: has no reference, no identifier and no words");
            else if (basis.Reference is { } text && !InputReferences.IsLiteral(text))
                report($"basis[{i}]: is not a reference to a resource");
            if (!seen.Add((key ?? "", InputReferences.HashOf(basis))))
                report($"basis[{i}]: occurs twice");
        }
    }

    private static void CheckTarget(ResourceReference? reference, string element, bool required, Action<string> report, params ReadOnlySpan<string> targets)
    {
        if (reference is null || (reference.Reference is null && reference.Identifier is null && reference.Display is null))
        {
            if (required)
                report($"{element}: is required");
            return;
        }
        if (reference.Reference is null || reference.Reference.StartsWith("urn:", StringComparison.Ordinal))
            return;
        string? type = InputReferences.TypeOf(reference.Reference);
        if (type is null || !targets.Contains(type))
            report($"{element}: must refer to {string.Join(" or ", targets.ToArray())}");
    }

    private static void CheckPrediction(RiskAssessment.PredictionComponent prediction, string element, bool hasEncounter, Action<string> report)
    {
        if (prediction.Outcome is null || (prediction.Outcome.Coding.Count == 0 && string.IsNullOrEmpty(prediction.Outcome.Text)))
            report($"{element}.outcome: is required");
        switch (prediction.Probability)
        {
            case FhirDecimal { Value: { } percent }:
                if (percent is < 0 or > 100)
                    report($"{element}.probabilityDecimal: must lie in 0..100 (ras-2)");
                break;
            case Hl7.Fhir.Model.Range range:
                if (!IsPercent(range.Low) || !IsPercent(range.High))
                    report($"{element}.probabilityRange: both ends must be percentages (ras-1)");
                else if (range.Low!.Value > range.High!.Value)
                    report($"{element}.probabilityRange: low must not exceed high (rng-2)");
                break;
            default:
                report($"{element}.probability[x]: is required");
                break;
        }
        if (prediction.RelativeRiskElement is not null)
            report($"{element}.relativeRisk: compares with the population in general, which the model does not know");
        // Without when[x] R4 reads the risk as one over the whole lifespan.
        if (prediction.When is Period period)
            CheckPeriod(period, element, hasEncounter, report);
        else if (prediction.When is not Hl7.Fhir.Model.Range)
            report($"{element}.when[x]: is required");
    }

    private static void CheckPeriod(Period period, string element, bool hasEncounter, Action<string> report)
    {
        if (string.IsNullOrEmpty(period.Start))
            report($"{element}.whenPeriod.start: is required");
        else if (period.End is null && !hasEncounter)
            report($"{element}.whenPeriod.end: is required without an encounter, whose end would bound the risk");
        else if (period.End is not null && period.StartElement!.ToDateTimeOffset(TimeSpan.Zero) > period.EndElement!.ToDateTimeOffset(TimeSpan.Zero))
            report($"{element}.whenPeriod: start must not be after end (per-1)");
    }

    private static bool IsPercent(Quantity? quantity) =>
        quantity is { Value: >= 0 and <= 100, Code: "%", System: "http://unitsofmeasure.org" };
}
