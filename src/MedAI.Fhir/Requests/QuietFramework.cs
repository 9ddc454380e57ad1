namespace MedAI.Fhir.Requests;

/// <summary>Keeps the web framework's own lines about requests out of every log, whatever an operator configures.</summary>
/// <remarks>Those lines, and the scope around a request, hold its path and query, and these can hold a patient's id.</remarks>
public static class QuietFramework
{
    private const string Framework = "Microsoft.AspNetCore";
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <summary>Puts the restriction into every rule, because the logging library follows only the one rule that fits best.</summary>
    public static void Apply(LoggerFilterOptions options)
    {
        LoggerFilterRule[] given = [.. options.Rules];
        options.Rules.Clear();
        // For categories that no rule fits.
        options.Rules.Add(new LoggerFilterRule(null, null, options.MinLevel, (_, category, level) => Allows(category, level)));
        foreach (var rule in given)
        {
            options.Rules.Add(new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel,
                (provider, category, level) => Allows(category, level) && (rule.Filter?.Invoke(provider, category, level) ?? true)));
        }
    }

    /// <summary>The request lines not at all (the scope with the path exists only where they are on), the rest of the framework from warnings up.</summary>
    private static bool Allows(string? category, LogLevel level) => category is null
        || (!category.StartsWith(Requests, StringComparison.Ordinal) && (level >= LogLevel.Warning || !category.StartsWith(Framework, StringComparison.Ordinal)));
}
