using MedAI.Fhir.Access.Outbound;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Refuses a PACS that nobody trusts and patient rules that could take one person for another, before the server starts.</summary>
public sealed class DicomWebOptionsValidator(IOptions<OutboundOptions> outbound) : IValidateOptions<DicomWebOptions>
{
    public ValidateOptionsResult Validate(string? name, DicomWebOptions options)
    {
        var problems = new List<string>();
        if (options.DefaultPacs is { } pacs)
        {
            if (!Origin.TryRead(pacs, out var origin, out string path) || path.Contains('?', StringComparison.Ordinal))
                problems.Add($"{DicomWebOptions.Section}:DefaultPacs must be an absolute address without query.");
            else if (!outbound.Value.Trusts(origin, OutboundUse.DicomWeb))
                problems.Add($"{DicomWebOptions.Section}:DefaultPacs lies on {origin}, which is not in {OutboundOptions.Section}:Origins with the use {OutboundUse.DicomWeb}.");
        }
        int withoutIssuer = 0;
        for (int i = 0; i < options.PatientNumbers.Count; i++)
        {
            PatientNumberRule rule = options.PatientNumbers[i];
            string setting = $"{DicomWebOptions.Section}:PatientNumbers:{i}";
            if (string.IsNullOrWhiteSpace(rule.System))
                problems.Add($"{setting}:System is needed.");
            if (rule.Issuers.Count == 0 && !rule.AllowMissingIssuer)
                problems.Add($"{setting} fits no image: give Issuers or AllowMissingIssuer=true.");
            if (rule.Issuers.Exists(string.IsNullOrWhiteSpace))
                problems.Add($"{setting}:Issuers holds an empty one; use AllowMissingIssuer=true.");
            withoutIssuer += rule.AllowMissingIssuer ? 1 : 0;
        }
        if (withoutIssuer > 1)
            problems.Add($"{DicomWebOptions.Section}:PatientNumbers: only one rule may have AllowMissingIssuer=true; the same number can mean two people.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
