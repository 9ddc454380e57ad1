namespace MedAI.Models.Packages;

/// <summary>What must hold for the parts that only an imaging model has: which images, their way to the input, strangers and further findings.</summary>
internal static class ManifestImagingRules
{
    /// <summary>A larger input would not fit beside others on a server; the largest radiographs have some 4,000 rows.</summary>
    internal const int LargestSide = 4096;

    internal static readonly string[] VoiSources = ["dicom"];
    internal static readonly string[] Fallbacks = ["min-max", "full-range"];
    internal static readonly string[] Crops = ["none", "centre-square"];
    internal static readonly string[] Filters = ["area"];
    internal static readonly string[] Conditions = ["outcome"];

    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        ManifestRules.Absent(manifest.Timing is null, "timing", ModelKind.Imaging, problems);
        ManifestRules.Absent(manifest.Encoder is null, "encoder", ModelKind.Imaging, problems);
        ManifestRules.Absent(manifest.Variables.Count == 0, "variables", ModelKind.Imaging, problems);
        ManifestRules.Absent(manifest.MinimumData is null, "minimumData", ModelKind.Imaging, problems);
        if (manifest.Imaging is { } imaging)
            CheckImaging(imaging, problems);
        else
            ManifestRules.Needed("imaging", problems);
        if (manifest.OutOfDistribution is { } ood)
            CheckOutOfDistribution(ood, manifest, problems);
        else
            ManifestRules.Needed("outOfDistribution", problems);
        CheckFindings(manifest, problems);
    }

    private static void CheckImaging(ManifestImaging imaging, ProblemList problems)
    {
        problems.Require(imaging.Modalities.Count > 0, "$.imaging.modalities", "Must name at least one DICOM modality.");
        problems.Require(imaging.BodyParts.Count > 0, "$.imaging.bodyParts", "Must name at least one body part.");
        CodeStrings(imaging.Modalities, "$.imaging.modalities", problems);
        CodeStrings(imaging.BodyParts, "$.imaging.bodyParts", problems);
        CodeStrings(imaging.Views, "$.imaging.views", problems);
        Side(imaging.MinimumRows, "$.imaging.minimumRows", problems);
        Side(imaging.MinimumColumns, "$.imaging.minimumColumns", problems);
        ManifestRules.OneOf(imaging.Intensity.Voi, VoiSources, "$.imaging.intensity.voi", problems);
        ManifestRules.OneOf(imaging.Intensity.Fallback, Fallbacks, "$.imaging.intensity.fallback", problems);
        ManifestRules.OneOf(imaging.Crop, Crops, "$.imaging.crop", problems);
        Side(imaging.Resize.Rows, "$.imaging.resize.rows", problems);
        Side(imaging.Resize.Columns, "$.imaging.resize.columns", problems);
        ManifestRules.OneOf(imaging.Resize.Filter, Filters, "$.imaging.resize.filter", problems);
    }

    private static void CheckOutOfDistribution(ManifestOutOfDistribution ood, ModelManifest manifest, ProblemList problems)
    {
        problems.Require(HasOutput(manifest, ood.Output, "ood"), "$.outOfDistribution.output", "Must be the name of the output with role \"ood\".");
        ManifestRules.Text(ood.Statement, "$.outOfDistribution.statement", 1000, problems);
    }

    private static void CheckFindings(ModelManifest manifest, ProblemList problems)
    {
        IReadOnlyList<ManifestFinding> findings = manifest.Findings;
        ManifestRules.Distinct([.. findings.Select(f => f.Id)], "$.findings", problems);
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < findings.Count; i++)
        {
            ManifestFinding f = findings[i];
            string path = $"$.findings[{i}]";
            problems.Require(ManifestRules.IdPattern().IsMatch(f.Id), $"{path}.id", "Must be lower-case letters, digits and hyphens.");
            problems.Require(HasOutput(manifest, f.Output, "finding-logit"), $"{path}.output", "Must be the name of an output with role \"finding-logit\".");
            problems.Require(outputs.Add(f.Output), $"{path}.output", "Another finding has this output.");
            ManifestRules.Coding(f.Coding, $"{path}.coding", problems);
            ManifestRules.Text(f.Text, $"{path}.text", 200, problems);
            if (f.Given is not null)
                ManifestRules.OneOf(f.Given, Conditions, $"{path}.given", problems);
            problems.Require(f.Calibration.Slope > 0, $"{path}.calibration.slope", "Must be positive, so that the order of probabilities is kept.");
            ManifestDecisionRules.CheckThresholds(f.Thresholds, $"{path}.thresholds", problems);
        }
        for (int i = 0; i < manifest.Tensors.Outputs.Count; i++)
        {
            ManifestTensor output = manifest.Tensors.Outputs[i];
            problems.Require(output.Role != "finding-logit" || outputs.Contains(output.Name), $"$.tensors.outputs[{i}].role", "No finding has this output.");
        }
    }

    private static bool HasOutput(ModelManifest manifest, string name, string role) => manifest.Tensors.Outputs.Any(t => t.Name == name && t.Role == role);

    private static void Side(int value, string path, ProblemList problems) =>
        problems.Require(value is >= 1 and <= LargestSide, path, $"Must lie in 1..{LargestSide}.");

    /// <summary>Values of DICOM's type CS: capital letters, digits, blank and underscore, at most 16.</summary>
    private static void CodeStrings(IReadOnlyList<string> values, string path, ProblemList problems)
    {
        ManifestRules.Distinct(values, path, problems);
        for (int i = 0; i < values.Count; i++)
        {
            problems.Require(values[i].Length is > 0 and <= 16 && values[i].Trim() == values[i] && values[i].All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is ' ' or '_'),
                $"{path}[{i}]", "Must be a DICOM code string: 1 to 16 capital letters, digits, blanks or underscores.");
        }
    }
}
