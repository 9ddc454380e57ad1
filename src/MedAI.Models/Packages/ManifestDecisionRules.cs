namespace MedAI.Models.Packages;

/// <summary>What must hold for calibration, thresholds, bands, explanation and histograms.</summary>
internal static class ManifestDecisionRules
{
    /// <summary>CDS Hooks card indicators from mild to severe.</summary>
    internal static readonly string[] Indicators = ["info", "warning", "critical"];

    /// <summary>Codes of http://terminology.hl7.org/CodeSystem/risk-probability from low to high.</summary>
    internal static readonly string[] BandCodes = ["negligible", "low", "moderate", "high", "certain"];

    internal static readonly string[] Methods = ["occlusion", "class-activation-map"];

    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        CheckLandmarks(manifest.Calibration.Landmarks, problems);
        CheckThresholds(manifest.Thresholds, "$.thresholds", problems);
        CheckBands(manifest.Bands, problems);
        ManifestRules.OneOf(manifest.Explanation.Method, Methods, "$.explanation.method", problems);
        if (manifest.Kind == ModelKind.Imaging)
            CheckImaging(manifest, problems);
        else
            CheckSequence(manifest.Explanation, problems);
        CheckHistograms(manifest, problems);
    }

    private static void CheckSequence(ManifestExplanation explanation, ProblemList problems)
    {
        problems.Require(explanation.Method != "class-activation-map", "$.explanation.method", "A sequence model is explained by \"occlusion\".");
        problems.Require(explanation.Top is >= 1 and <= 50, "$.explanation.top", "Must lie in 1..50.");
    }

    private static void CheckImaging(ModelManifest manifest, ProblemList problems)
    {
        problems.Require(manifest.Explanation.Method != "occlusion", "$.explanation.method", "An imaging model is explained by its \"class-activation-map\".");
        problems.Require(manifest.Explanation.Top == 0, "$.explanation.top", "Must be 0: a map has no ranked contributions.");
        problems.Require(manifest.Calibration.Landmarks.Count <= 1 && manifest.Calibration.Landmarks.All(l => l.Hours == 0), "$.calibration.landmarks", "An image has one landmark, at hour 0.");
    }

    private static void CheckLandmarks(IReadOnlyList<ManifestLandmark> landmarks, ProblemList problems)
    {
        problems.Require(landmarks.Count > 0, "$.calibration.landmarks", "Must not be empty; slope 1 and intercept 0 leave the logit as it is.");
        for (int i = 0; i < landmarks.Count; i++)
        {
            string path = $"$.calibration.landmarks[{i}]";
            problems.Require(landmarks[i].Hours >= 0 && (i == 0 || landmarks[i].Hours > landmarks[i - 1].Hours), $"{path}.hours", "Hours must ascend from 0 or more.");
            problems.Require(landmarks[i].Slope > 0, $"{path}.slope", "Must be positive, so that the order of risks is kept.");
        }
    }

    internal static void CheckThresholds(IReadOnlyList<ManifestThreshold> thresholds, string list, ProblemList problems)
    {
        ManifestRules.Distinct([.. thresholds.Select(t => t.Id)], list, problems);
        for (int i = 0; i < thresholds.Count; i++)
        {
            ManifestThreshold t = thresholds[i];
            string path = $"{list}[{i}]";
            problems.Require(ManifestRules.IdPattern().IsMatch(t.Id), $"{path}.id", "Must be lower-case letters, digits and hyphens.");
            ManifestRules.Text(t.Title, $"{path}.title", 100, problems);
            problems.Require(t.Value is > 0 and < 1, $"{path}.value", "Must lie between 0 and 1.");
            problems.Require(i == 0 || t.Value > thresholds[i - 1].Value, $"{path}.value", "Thresholds must ascend.");
            ManifestRules.OneOf(t.Indicator, Indicators, $"{path}.indicator", problems);
            problems.Require(i == 0 || Array.IndexOf(Indicators, t.Indicator) >= Array.IndexOf(Indicators, thresholds[i - 1].Indicator), $"{path}.indicator",
                "A higher threshold must not have a milder indicator.");
            Share(t.AlertRate, $"{path}.alertRate", problems);
            Share(t.Sensitivity, $"{path}.sensitivity", problems);
            Share(t.Ppv, $"{path}.ppv", problems);
        }
    }

    private static void CheckBands(IReadOnlyList<ManifestBand> bands, ProblemList problems)
    {
        ManifestRules.Distinct([.. bands.Select(b => b.Code)], "$.bands", problems);
        for (int i = 0; i < bands.Count; i++)
        {
            string path = $"$.bands[{i}]";
            problems.Require(i == 0 ? bands[i].From == 0 : bands[i].From > bands[i - 1].From && bands[i].From <= 1, $"{path}.from",
                "Bands start at 0 and ascend to at most 1.");
            ManifestRules.OneOf(bands[i].Code, BandCodes, $"{path}.code", problems);
            problems.Require(i == 0 || Array.IndexOf(BandCodes, bands[i].Code) > Array.IndexOf(BandCodes, bands[i - 1].Code), $"{path}.code",
                "A higher band must have a graver code.");
            ManifestRules.Text(bands[i].Display, $"{path}.display", 100, problems);
        }
    }

    private static void CheckHistograms(ModelManifest manifest, ProblemList problems)
    {
        ManifestRules.Distinct([.. manifest.Histograms.Select(h => h.Variable)], "$.histograms", problems);
        for (int i = 0; i < manifest.Histograms.Count; i++)
        {
            ManifestHistogram h = manifest.Histograms[i];
            string path = $"$.histograms[{i}]";
            if (manifest.Kind == ModelKind.Imaging)
                ManifestRules.Text(h.Variable, $"{path}.variable", 64, problems);
            else
                problems.Require(manifest.Variables.Any(v => v.Id == h.Variable), $"{path}.variable", "Is not a variable of this model.");
            problems.Require(h.Counts.Count >= 1 && h.Edges.Count == h.Counts.Count + 1, $"{path}.edges", "Must be one more than counts.");
            for (int j = 1; j < h.Edges.Count; j++)
                problems.Require(h.Edges[j] > h.Edges[j - 1], $"{path}.edges[{j}]", "Edges must ascend.");
            for (int j = 0; j < h.Counts.Count; j++)
                Share(h.Counts[j], $"{path}.counts[{j}]", problems);
            problems.Require(h.Counts.Count == 0 || Math.Abs(h.Counts.Sum() - 1) <= 1e-6, $"{path}.counts", "Shares must sum to 1.");
        }
    }

    private static void Share(double value, string path, ProblemList problems) =>
        problems.Require(value is >= 0 and <= 1, path, "Must lie in 0..1.");
}
