namespace MedAI.Models.Packages;

/// <summary>What must hold for the section that the FHIR server publishes.</summary>
internal static class ManifestServiceRules
{
    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        ManifestService service = manifest.Service;
        Names(service.Hooks, "$.service.hooks", problems);
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
}
