using System.Text.RegularExpressions;

namespace MedAI.Models.Packages;

/// <summary>What must hold for the section that the FHIR server publishes.</summary>
internal static partial class ManifestServiceRules
{
    /// <summary>Hooks of the CDS Hooks library 1.0.1 whose context says enough: a user and a patient.</summary>
    private static readonly string[] Hooks = ["patient-view", "encounter-start", "encounter-discharge", "order-select", "order-sign", "appointment-book"];

    internal static readonly string[] ReasonSets = ["standard", "own"];

    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        ManifestService service = manifest.Service;
        ManifestRules.Distinct(service.Hooks, "$.service.hooks", problems);
        for (int i = 0; i < service.Hooks.Count; i++)
        {
            problems.Require(Hooks.Contains(service.Hooks[i], StringComparer.Ordinal) || OwnHookPattern().IsMatch(service.Hooks[i]), $"$.service.hooks[{i}]",
                $"Must be one of {string.Join(", ", Hooks)}, or an organisation's own hook named by its reverse domain, such as org.example.round-begin.");
        }
        Names(service.Operations, "$.service.operations", problems);
        ManifestRules.Text(service.Description, "$.service.description", 2000, problems);
        if (service.UsageRequirements is not null)
            ManifestRules.Text(service.UsageRequirements, "$.service.usageRequirements", 2000, problems);
        ManifestRules.Coding(service.Topic, "$.service.topic", problems);
        ManifestRules.Coding(service.Method, "$.service.method", problems);
        // CDS Hooks wants a summary below 140 characters, number included.
        ManifestRules.Text(service.CardSummary, "$.service.cardSummary", 100, problems);
        ManifestRules.Text(service.Caution, "$.service.caution", 1000, problems);
        for (int i = 0; i < service.OverrideReasons.Count; i++)
            ManifestRules.Coding(service.OverrideReasons[i], $"$.service.overrideReasons[{i}]", problems);
        if (service.OverrideReasonSet is not null)
            ManifestRules.OneOf(service.OverrideReasonSet, ReasonSets, "$.service.overrideReasonSet", problems);
        var suggestions = service.Suggestions ?? [];
        ManifestRules.Distinct([.. suggestions.Select(s => s.Id)], "$.service.suggestions", problems);
        for (int i = 0; i < suggestions.Count; i++)
        {
            problems.Require(ManifestRules.IdPattern().IsMatch(suggestions[i].Id), $"$.service.suggestions[{i}].id", "Must be lower-case letters, digits and hyphens.");
            ManifestRules.Text(suggestions[i].Label, $"$.service.suggestions[{i}].label", 80, problems);
            ManifestRules.Text(suggestions[i].Description, $"$.service.suggestions[{i}].description", 300, problems);
        }
        problems.Require(service.PrefetchCount is >= 1 and <= 10_000, "$.service.prefetchCount", "Must lie in 1..10000, or be 0 or absent for 1000.");
        ManifestRules.Distinct(service.TrendVariables, "$.service.trendVariables", problems);
        for (int i = 0; i < service.TrendVariables.Count; i++)
        {
            problems.Require(manifest.Variables.Any(v => v.Id == service.TrendVariables[i] && v.Use == "series"), $"$.service.trendVariables[{i}]",
                "Is not a series variable of this model.");
        }
    }

    private static void Names(IReadOnlyList<string> names, string path, ProblemList problems)
    {
        ManifestRules.Distinct(names, path, problems);
        for (int i = 0; i < names.Count; i++)
            problems.Require(ManifestRules.IdPattern().IsMatch(names[i]), $"{path}[{i}]", "Must be lower-case letters, digits and hyphens.");
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex OwnHookPattern();
}
