using MedAI.Models.Timelines;

namespace MedAI.Models.Packages;

/// <summary>What must hold for the encoder, the variables with their codes and units, and the minimum data.</summary>
internal static class ManifestInputRules
{
    /// <summary>Static features that the encoder can fill, with the group under which each is explained.</summary>
    internal static readonly IReadOnlyDictionary<string, string> StaticFeatures = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["age"] = "age",
        ["male"] = "sex",
        ["icu-coronary"] = "icu-type",
        ["icu-cardiac-surgery"] = "icu-type",
        ["icu-medical"] = "icu-type",
        ["icu-surgical"] = "icu-type",
        ["icu-other"] = "icu-type",
        ["height"] = "height",
        ["height-observed"] = "height",
        ["weight"] = "weight",
        ["weight-observed"] = "weight",
    };

    internal static readonly string[] Encoders = ["hourly-grid"];
    internal static readonly string[] Uses = ["series", "static"];
    internal static readonly string[] Roles = ["measurement", "treatment", "state"];
    internal static readonly string[] Aggregations = ["mean", "sum", "min", "max", "last"];
    internal static readonly string[] Categories = ["vital-signs", "laboratory"];
    internal static readonly string[] Conditions = ["invasive", "non-invasive", "arterial", "not-venous", "arterial-or-laboratory", "vital-signs"];
    internal static readonly string[] Formulas = ["mean-pressure"];

    internal static readonly string[] Flags =
        [.. Enum.GetValues<MeasurementFlags>().Where(f => f != MeasurementFlags.None).Select(MeasurementFlagNames.NameOf)];

    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        if (manifest.Encoder is { } encoder)
            CheckEncoder(encoder, manifest, problems);
        else
            ManifestRules.Needed("encoder", problems);
        problems.Require(manifest.Variables.Any(v => v.Use == "series"), "$.variables", "Needs at least one series variable.");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var meanings = new Dictionary<(string System, string Code, string? When), string>();
        var procedures = new HashSet<(string, string)>();
        var staticIds = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        bool statics = false;
        for (int i = 0; i < manifest.Variables.Count; i++)
        {
            ManifestVariable v = manifest.Variables[i];
            string path = $"$.variables[{i}]";
            problems.Require(v.Id.Length is > 0 and <= 64 && char.IsAsciiLetter(v.Id[0]) && v.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'),
                $"{path}.id", "Must be letters, digits, hyphens and underscores, start with a letter, at most 64 characters.");
            // A static variable feeds the feature of its name, whatever the case.
            problems.Require(ids.Add(v.Id) && (v.Use != "static" || staticIds.Add(v.Id)), $"{path}.id", "Another variable has this id.");
            problems.Require(!(statics && v.Use == "series"), $"{path}.use", "Series variables come first, in tensor order; then the static ones.");
            statics |= v.Use == "static";
            CheckVariable(v, path, problems);
            CheckCodes(v, path, meanings, procedures, problems);
            CheckDerivation(v, manifest, path, problems);
        }
        if (manifest.MinimumData is { } minimum)
            CheckMinimumData(minimum, manifest, problems);
        else
            ManifestRules.Needed("minimumData", problems);
    }

    private static void CheckEncoder(ManifestEncoder encoder, ModelManifest manifest, ProblemList problems)
    {
        var fed = manifest.Variables.Where(v => v.Use == "static").Select(v => v.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        ManifestRules.OneOf(encoder.Name, Encoders, "$.encoder.name", problems);
        problems.Require(encoder.StepHours == 1, "$.encoder.stepHours", "An hourly grid has steps of 1 hour.");
        ManifestRules.Distinct([.. encoder.Statics.Select(s => s.Feature)], "$.encoder.statics", problems);
        for (int i = 0; i < encoder.Statics.Count; i++)
        {
            ManifestStatic s = encoder.Statics[i];
            if (!StaticFeatures.TryGetValue(s.Feature, out string? group))
                problems.Add($"$.encoder.statics[{i}].feature", $"Must be one of: {string.Join(", ", StaticFeatures.Keys)}.");
            else
                problems.Require(s.Group == group, $"$.encoder.statics[{i}].group", $"Feature \"{s.Feature}\" belongs to group \"{group}\".");
            if (group is "height" or "weight")
                problems.Require(fed.Contains(group), $"$.encoder.statics[{i}].feature", $"Needs a static variable \"{group}\" that feeds it.");
        }
    }

    private static void CheckVariable(ManifestVariable v, string path, ProblemList problems)
    {
        ManifestRules.Text(v.Title, $"{path}.title", 100, problems);
        ManifestRules.OneOf(v.Use, Uses, $"{path}.use", problems);
        ManifestRules.OneOf(v.Role, Roles, $"{path}.role", problems);
        ManifestRules.OneOf(v.Aggregation, Aggregations, $"{path}.aggregation", problems);
        problems.Require(UcumText.IsValid(v.Unit), $"{path}.unit", "Is not a UCUM code.");
        problems.Require(v.Hard.Low < v.Hard.High, $"{path}.hard", "low must be below high.");
        if (v.Soft is { } soft)
        {
            problems.Require(soft.Low < soft.High, $"{path}.soft", "low must be below high.");
            problems.Require(soft.Low >= v.Hard.Low && soft.High <= v.Hard.High, $"{path}.soft", "Must lie within hard.");
        }
        problems.Require(v.StalenessHours > 0, $"{path}.stalenessHours", "Must be positive.");
        problems.Require(v.Baseline >= v.Hard.Low && v.Baseline <= v.Hard.High, $"{path}.baseline", "Must lie within hard.");
        if (v.Category is { } category)
            ManifestRules.OneOf(category, Categories, $"{path}.category", problems);

        problems.Require(v.Codes.Count > 0 || v.Parts is not null || v.Derived is not null || v.State is { ProcedureCodes.Count: > 0 }, $"{path}.codes",
            "Nothing feeds this variable: give codes, parts, a derivation or procedure codes.");
        CheckUnits(v.Units, $"{path}.units", problems);
        // A state is on or off: its unit is not read.
        if (v.State is null && (v.Codes.Any(c => c.Units is null) || v.Units.Count > 0))
        {
            int canonical = v.Units.ToList().FindIndex(u => u.Code == v.Unit);
            if (canonical < 0)
                problems.Add($"{path}.units", "Must hold the canonical unit with factor 1.");
            else
                problems.Require(v.Units[canonical] is { Factor: 1, Offset: 0 }, $"{path}.units[{canonical}].factor", "The canonical unit has factor 1 and offset 0.");
        }
        var codes = v.Units.Concat(v.Codes.SelectMany(c => c.Units ?? [])).Select(u => u.Code).ToHashSet(StringComparer.Ordinal);
        ManifestRules.Distinct([.. v.Aliases.Select(a => a.Text)], $"{path}.aliases", problems);
        for (int i = 0; i < v.Aliases.Count; i++)
        {
            // The empty word stands for "no unit at all", where a score or pH is sent bare.
            problems.Require(v.Aliases[i].Text.Length <= 60 && !v.Aliases[i].Text.Any(char.IsControl), $"{path}.aliases[{i}].text",
                "Must be at most 60 characters without control characters.");
            problems.Require(codes.Contains(v.Aliases[i].Code), $"{path}.aliases[{i}].code", "Must be one of the variable's units.");
        }

        problems.Require(v.Role != "state" || v.State is not null, $"{path}.state", "Missing; role \"state\" needs it.");
        if (v.State is { } state)
        {
            problems.Require(v.Role != "measurement", $"{path}.role", "A variable with state has role \"state\" or \"treatment\".");
            problems.Require(v.Use == "series", $"{path}.use", "A state is a series.");
            problems.Require(state.JoinGapHours >= 0, $"{path}.state.joinGapHours", "Must not be negative.");
        }
    }

    private static void CheckUnits(IReadOnlyList<ManifestUnit> units, string path, ProblemList problems)
    {
        ManifestRules.Distinct([.. units.Select(u => u.Code)], path, problems);
        for (int i = 0; i < units.Count; i++)
        {
            problems.Require(UcumText.IsValid(units[i].Code), $"{path}[{i}].code", "Is not a UCUM code.");
            problems.Require(units[i].Factor > 0, $"{path}[{i}].factor", "Must be positive.");
        }
    }

    private static void CheckCodes(ManifestVariable v, string path, Dictionary<(string System, string Code, string? When), string> meanings,
        HashSet<(string, string)> procedures, ProblemList problems)
    {
        for (int i = 0; i < v.Codes.Count; i++)
            CheckCode(v.Codes[i], $"{path}.codes[{i}]");
        if (v.Parts is { } parts)
        {
            problems.Require(parts.Codes.Count >= 2, $"{path}.parts.codes", "A sum has at least two parts.");
            for (int i = 0; i < parts.Codes.Count; i++)
                CheckCode(parts.Codes[i], $"{path}.parts.codes[{i}]");
            CheckPartNumbers(parts, path, problems);
        }
        if (v.State is { } state)
        {
            for (int i = 0; i < state.ProcedureCodes.Count; i++)
            {
                ManifestCoding c = state.ProcedureCodes[i];
                ManifestRules.Coding(c, $"{path}.state.procedureCodes[{i}]", problems);
                problems.Require(procedures.Add((c.System, c.Code)), $"{path}.state.procedureCodes[{i}]", "Occurs more than once.");
            }
        }

        void CheckCode(ManifestCode c, string at)
        {
            ManifestRules.SystemAndCode(c.System, c.Code, at, problems);
            if (c.Display is not null)
                ManifestRules.Text(c.Display, $"{at}.display", 300, problems);
            if (c.When is not null)
                ManifestRules.OneOf(c.When, Conditions, $"{at}.when", problems);
            if (c.Flag is not null)
                ManifestRules.OneOf(c.Flag, Flags, $"{at}.flag", problems);
            if (c.Units is { } units)
            {
                problems.Require(units.Count > 0, $"{at}.units", "Must hold a unit, or be absent for the variable's units.");
                CheckUnits(units, $"{at}.units", problems);
            }
            if (!meanings.TryAdd((c.System, c.Code, c.When), at))
                problems.Add(at, $"The same code under the same condition stands at {meanings[(c.System, c.Code, c.When)]}.");
        }
    }

    private static void CheckPartNumbers(ManifestParts parts, string path, ProblemList problems)
    {
        foreach ((string code, ManifestRange range) in parts.Ranges ?? new Dictionary<string, ManifestRange>())
        {
            string at = JsonShape.Member($"{path}.parts.ranges", code);
            problems.Require(parts.Codes.Any(c => c.Code == code), at, "Is not the code of a part.");
            problems.Require(range.Low < range.High, at, "low must be below high.");
        }
        foreach ((string code, double value) in parts.NotTestable)
        {
            string at = JsonShape.Member($"{path}.parts.notTestable", code);
            problems.Require(parts.Codes.Any(c => c.Code == code), at, "Is not the code of a part.");
            if (parts.Ranges is { } ranges && ranges.TryGetValue(code, out ManifestRange? range))
                problems.Require(value >= range.Low && value <= range.High, at, "Must lie within the part's range.");
        }
    }

    private static void CheckDerivation(ManifestVariable v, ModelManifest manifest, string path, ProblemList problems)
    {
        if (v.Derived is not { } derived)
            return;
        ManifestRules.OneOf(derived.Formula, Formulas, $"{path}.derived.formula", problems);
        problems.Require(derived.From.Count == 2, $"{path}.derived.from", "Needs exactly two variables.");
        ManifestRules.Distinct(derived.From, $"{path}.derived.from", problems);
        for (int i = 0; i < derived.From.Count; i++)
        {
            string at = $"{path}.derived.from[{i}]";
            ManifestVariable? from = manifest.Variables.FirstOrDefault(x => x.Id == derived.From[i]);
            if (from is null || from.Id == v.Id || from.Derived is not null || from.Use != v.Use)
                problems.Add(at, "Must be another variable of the same use that is not itself derived.");
            else
                problems.Require(from.Unit == v.Unit, at, "Must have the same canonical unit.");
        }
    }

    private static void CheckMinimumData(ManifestMinimumData minimum, ModelManifest manifest, ProblemList problems)
    {
        var series = manifest.Variables.Where(v => v.Use == "series").Select(v => v.Id).ToHashSet(StringComparer.Ordinal);
        problems.Require(minimum.DistinctVariables >= 0 && minimum.DistinctVariables <= series.Count, "$.minimumData.distinctVariables",
            $"Must lie in 0..{series.Count}, the number of series variables.");
        problems.Require(minimum.NewestWithinHours > 0, "$.minimumData.newestWithinHours", "Must be positive.");
        for (int i = 0; i < minimum.AnyOf.Count; i++)
        {
            string path = $"$.minimumData.anyOf[{i}]";
            ManifestRules.Text(minimum.AnyOf[i].Title, $"{path}.title", 100, problems);
            problems.Require(minimum.AnyOf[i].Variables.Count > 0, $"{path}.variables", "Must name at least one variable.");
            ManifestRules.Distinct(minimum.AnyOf[i].Variables, $"{path}.variables", problems);
            for (int j = 0; j < minimum.AnyOf[i].Variables.Count; j++)
                problems.Require(series.Contains(minimum.AnyOf[i].Variables[j]), $"{path}.variables[{j}]", "Is not a series variable of this model.");
        }
    }
}
