using MedAI.Models.Packages;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Reasons that a card offers to a clinician who does not follow it.</summary>
/// <remarks>
/// Standard reasons are the six groups of HL7's non-adherence reason codes, the value set non-adherence-reason-category of CDS Hooks 3.0 (input/vocabulary of HL7/cds-hooks).
/// A package may take some of them into a list of its own, where not all six fit.
/// </remarks>
public static class OverrideReasons
{
    public const string NonAdherence = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes";

    /// <summary>The six groups, in the order of the code system.</summary>
    public static IReadOnlyList<CardCoding> Standard { get; } =
    [
        new("cds-not-applicable", NonAdherence, "PC CDS does not apply to patient"),
        new("cds-suboptimal-context", NonAdherence, "PC CDS delivered in suboptimal context"),
        new("recipient-disagrees-evidence", NonAdherence, "Recipient disagrees with recommendation because of issues with the evidence"),
        new("recipient-concerns-outcomes", NonAdherence, "Recipient has concerns regarding potential health outcomes"),
        new("does-not-align-preferences", NonAdherence, "Recommendation does not align with patient preferences or values"),
        new("not-convenient-feasible", NonAdherence, "Recommendation is not convenient or feasible"),
    ];

    /// <summary>What the cards of a package offer; null where it wants none.</summary>
    public static IReadOnlyList<CardCoding>? Of(ManifestService service)
    {
        CardCoding[] own = [.. service.OverrideReasons.Select(r => new CardCoding(r.Code, r.System, r.Display))];
        bool standard = service.OverrideReasonSet is { } set ? set == "standard" : own.Length == 0;
        if (!standard)
            return own.Length == 0 ? null : own;
        return [.. Standard, .. own.Where(o => !Standard.Any(s => s.System == o.System && s.Code == o.Code))];
    }
}
