using System.Text.RegularExpressions;

namespace MedAI.Models.Packages;

/// <summary>What must hold between the parts of a manifest whose shape is right: identity, files, outcome, time and population, and what its kind needs.</summary>
internal static partial class ManifestRules
{
    public const string SchemaVersion = "1.0";

    private static readonly string[] s_sexes = ["male", "female", "other", "unknown"];
    private static readonly string[] s_settings = ["icu"];
    private static readonly string[] s_timeZeros = ["icu-stay-start"];

    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        CheckIdentity(manifest, problems);
        CheckFiles(manifest.Files, problems);
        CheckOutcome(manifest, problems);
        CheckPopulation(manifest, problems);
        if (manifest.Kind == ModelKind.Sequence)
            CheckSequence(manifest, problems);
        else
            ManifestImagingRules.Check(manifest, problems);
        ManifestTensorRules.Check(manifest, problems);
        ManifestDecisionRules.Check(manifest, problems);
        ManifestServiceRules.Check(manifest, problems);
    }

    private static void CheckIdentity(ModelManifest m, ProblemList problems)
    {
        problems.Require(m.SchemaVersion == SchemaVersion, "$.schemaVersion", $"This server reads \"{SchemaVersion}\".");
        problems.Require(IdPattern().IsMatch(m.Id), "$.id", "Must be lower-case letters, digits and hyphens, start with a letter, at most 64 characters.");
        problems.Require(m.Version.Length <= 64 && SemanticVersionPattern().IsMatch(m.Version), "$.version", "Must be a semantic version such as 1.0.0.");
        Text(m.Title, "$.title", 200, problems);
        Text(m.Publisher, "$.publisher", 200, problems);
        Text(m.Licence, "$.licence", 200, problems);
        Text(m.IntendedUse, "$.intendedUse", 4000, problems);
        Text(m.TrainingStatement, "$.trainingStatement", 500, problems);
        for (int i = 0; i < m.Limitations.Count; i++)
            Text(m.Limitations[i], $"$.limitations[{i}]", 1000, problems);
    }

    private static void CheckFiles(ManifestFiles files, ProblemList problems)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "manifest.json" };
        foreach ((ManifestFile file, string path) in new[] { (files.Model, "$.files.model"), (files.Golden, "$.files.golden"), (files.ModelCard, "$.files.modelCard") })
        {
            if (PackagePath.Fault(file.Path) is { } fault)
                problems.Add($"{path}.path", fault);
            problems.Require(names.Add(file.Path), $"{path}.path", "Each role needs a file of its own.");
            problems.Require(Sha256Pattern().IsMatch(file.Sha256), $"{path}.sha256", "Must be a SHA-256 of 64 lower-case hexadecimal digits.");
        }
    }

    private static void CheckOutcome(ModelManifest manifest, ProblemList problems)
    {
        ManifestOutcome outcome = manifest.Outcome;
        Coding(outcome.Coding, "$.outcome.coding", problems);
        Text(outcome.Text, "$.outcome.text", 200, problems);
        if (manifest.Kind == ModelKind.Imaging)
            problems.Require(outcome.Horizon == "current", "$.outcome.horizon", "Must be \"current\": an image shows what is, not what will be.");
        else
            problems.Require(outcome.Horizon == "encounter" || DurationPattern().IsMatch(outcome.Horizon), "$.outcome.horizon",
                "Must be \"encounter\" or an ISO 8601 duration of days, hours and minutes such as PT24H.");
        problems.Require(outcome.BaseRate is > 0 and < 1, "$.outcome.baseRate", "Must lie between 0 and 1.");
        Text(outcome.BaseRateCohort, "$.outcome.baseRateCohort", 500, problems);
    }

    private static void CheckSequence(ModelManifest manifest, ProblemList problems)
    {
        if (manifest.Timing is { } timing)
            CheckTiming(timing, problems);
        else
            Needed("timing", problems);
        ManifestInputRules.Check(manifest, problems);
        Absent(manifest.Imaging is null, "imaging", ModelKind.Sequence, problems);
        Absent(manifest.OutOfDistribution is null, "outOfDistribution", ModelKind.Sequence, problems);
        Absent(manifest.Findings.Count == 0, "findings", ModelKind.Sequence, problems);
    }

    internal static void Needed(string member, ProblemList problems) => problems.Add($"$.{member}", "Missing; a model of this kind needs it.");

    internal static void Absent(bool absent, string member, ModelKind kind, ProblemList problems) =>
        problems.Require(absent, $"$.{member}", $"A model of kind \"{kind.ToString().ToLowerInvariant()}\" has none.");

    private static void CheckTiming(ManifestTiming timing, ProblemList problems)
    {
        OneOf(timing.TimeZero, s_timeZeros, "$.timing.timeZero", problems);
        problems.Require(timing.MinimumHours >= 0, "$.timing.minimumHours", "Must not be negative.");
        problems.Require(timing.MaximumHours > timing.MinimumHours && timing.MaximumHours <= 24 * 365, "$.timing.maximumHours",
            "Must be greater than minimumHours and at most a year.");
    }

    private static void CheckPopulation(ModelManifest manifest, ProblemList problems)
    {
        ManifestPopulation population = manifest.Population;
        problems.Require(population.MinimumAgeYears is null or (>= 0 and <= 150), "$.population.minimumAgeYears", "Must lie in 0..150.");
        problems.Require(population.MaximumAgeYears is null or (>= 0 and <= 150), "$.population.maximumAgeYears", "Must lie in 0..150.");
        problems.Require(!(population.MinimumAgeYears > population.MaximumAgeYears), "$.population.maximumAgeYears", "Must not be below minimumAgeYears.");
        if (population.Sexes is { } sexes)
        {
            problems.Require(sexes.Count > 0, "$.population.sexes", "Must name at least one sex, or be absent for all.");
            Distinct(sexes, "$.population.sexes", problems);
            for (int i = 0; i < sexes.Count; i++)
                OneOf(sexes[i], s_sexes, $"$.population.sexes[{i}]", problems);
        }
        if (manifest.Kind == ModelKind.Imaging)
            problems.Require(population.Settings.Count == 0, "$.population.settings", "An image does not tell the care setting; must be empty or absent.");
        else
            problems.Require(population.Settings.Count > 0, "$.population.settings", "Must name at least one care setting.");
        Distinct(population.Settings, "$.population.settings", problems);
        for (int i = 0; i < population.Settings.Count; i++)
            OneOf(population.Settings[i], s_settings, $"$.population.settings[{i}]", problems);
    }

    /// <summary>Text that a clinician or a log reads: not blank, bounded, without control characters.</summary>
    internal static void Text(string? text, string path, int longest, ProblemList problems)
    {
        problems.Require(!string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Any(char.IsControl), path,
            $"Must be 1 to {longest} characters without control characters.");
    }

    internal static void OneOf(string value, string[] allowed, string path, ProblemList problems) =>
        problems.Require(allowed.Contains(value, StringComparer.Ordinal), path, $"Must be one of: {string.Join(", ", allowed)}.");

    internal static void Distinct(IReadOnlyList<string> values, string path, ProblemList problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < values.Count; i++)
            problems.Require(seen.Add(values[i]), $"{path}[{i}]", "Occurs more than once.");
    }

    internal static void Coding(ManifestCoding coding, string path, ProblemList problems)
    {
        SystemAndCode(coding.System, coding.Code, path, problems);
        Text(coding.Display, $"{path}.display", 300, problems);
    }

    internal static void SystemAndCode(string system, string code, string path, ProblemList problems)
    {
        problems.Require(Uri.TryCreate(system, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "urn", $"{path}.system",
            "Must be an absolute http, https or urn URI.");
        if (system == LoincCode.System)
            problems.Require(LoincCode.IsValid(code), $"{path}.code", "Is not a LOINC code: number, hyphen and mod 10 check digit.");
        else
            problems.Require(code.Length is > 0 and <= 100 && !code.Any(char.IsControl) && code.Trim() == code, $"{path}.code", "Must be a code without outer blanks.");
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,63}\z", RegexOptions.CultureInvariant, 200)]
    internal static partial Regex IdPattern();

    [GeneratedRegex(@"\A(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?\z", RegexOptions.CultureInvariant, 200)]
    internal static partial Regex SemanticVersionPattern();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant, 200)]
    internal static partial Regex Sha256Pattern();

    [GeneratedRegex(@"\AP(?=.)([1-9][0-9]*D)?(T(?=.)([1-9][0-9]*H)?([1-9][0-9]*M)?)?\z", RegexOptions.CultureInvariant, 200)]
    internal static partial Regex DurationPattern();
}
