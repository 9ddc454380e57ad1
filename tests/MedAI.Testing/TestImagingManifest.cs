using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>A small, consistent manifest of an imaging model made in memory, of children's chest radiographs scaled to 8 by 8.</summary>
/// <remarks>Its numbers are made up for tests; change single parts with <c>with</c>.</remarks>
public static class TestImagingManifest
{
    /// <summary>Rows and columns of the input.</summary>
    public const int Side = 8;

    /// <summary>Rows and columns of the activation map.</summary>
    public const int MapSide = 4;

    public static ModelManifest Create() => new()
    {
        SchemaVersion = "1.0",
        Id = "test-chest",
        Version = "1.0.0",
        Title = "Test chest radiograph",
        Kind = ModelKind.Imaging,
        Publisher = "MedAI tests",
        Licence = "Apache-2.0",
        IntendedUse = "Tests of the software only.",
        TrainingStatement = "Not trained; made up for tests.",
        Limitations = ["Sees nothing."],
        Files = new ManifestFiles
        {
            Model = new ManifestFile("model.onnx", TestManifest.EmptyHash),
            Golden = new ManifestFile("golden.json", TestManifest.EmptyHash),
            ModelCard = new ManifestFile("model-card.json", TestManifest.EmptyHash),
        },
        Outcome = new ManifestOutcome
        {
            Coding = new ManifestCoding(TestManifest.Snomed, "233604007", "Pneumonia"),
            Text = "pneumonia on this radiograph",
            Horizon = "current",
            BaseRate = 0.6,
            BaseRateCohort = "a made-up cohort",
        },
        Population = new ManifestPopulation { MinimumAgeYears = 1, MaximumAgeYears = 5 },
        Imaging = new ManifestImaging
        {
            Modalities = ["CR", "DX"],
            BodyParts = ["CHEST", "THORAX"],
            Views = ["AP", "PA"],
            MinimumRows = 8,
            MinimumColumns = 8,
            Intensity = new ManifestIntensity("dicom", "min-max"),
            Resize = new ManifestResize(Side, Side, "area"),
        },
        OutOfDistribution = new ManifestOutOfDistribution("ood", 4, "Made up."),
        Findings =
        [
            new ManifestFinding
            {
                Id = "bacterial",
                Output = "bacterial_logit",
                Coding = new ManifestCoding(TestManifest.Snomed, "53084003", "Bacterial pneumonia"),
                Text = "bacterial pneumonia, given pneumonia",
                Given = "outcome",
                Calibration = new ManifestFindingCalibration(0.5, 0.25),
                Thresholds = [new() { Id = "likely", Title = "Likely", Value = 0.6, Indicator = "info", AlertRate = 0.4, Sensitivity = 0.8, Ppv = 0.7 }],
            },
        ],
        Tensors = new ManifestTensors
        {
            Inputs = [ManifestTensor.Float32("image", "image", "N", "1", $"{Side}", $"{Side}")],
            Outputs =
            [
                ManifestTensor.Float32("logit", "logit", "N"),
                ManifestTensor.Float32("probability", "probability", "N"),
                ManifestTensor.Float32("members", "members", "N", "2"),
                ManifestTensor.Float32("cam", "cam", "N", $"{MapSide}", $"{MapSide}"),
                ManifestTensor.Float32("ood", "ood", "N"),
                ManifestTensor.Float32("features", "features", "N", "2"),
                ManifestTensor.Float32("bacterial_logit", "finding-logit", "N"),
            ],
        },
        Calibration = new ManifestCalibration([new(0, 0.8, 0)]),
        Thresholds =
        [
            new() { Id = "sensitive", Title = "Sensitive", Value = 0.3, Indicator = "info", AlertRate = 0.7, Sensitivity = 0.98, Ppv = 0.8 },
            new() { Id = "balanced", Title = "Balanced", Value = 0.6, Indicator = "warning", AlertRate = 0.6, Sensitivity = 0.9, Ppv = 0.9 },
        ],
        Bands = [new(0, "low", "Low"), new(0.3, "moderate", "Moderate"), new(0.6, "high", "High")],
        Explanation = new ManifestExplanation("class-activation-map", 0),
        Service = new ManifestService
        {
            Hooks = [],
            Description = "Test imaging service",
            Operations = ["interpret-imaging"],
            Topic = new ManifestCoding("urn:medai:topic", "test-chest", "Test chest radiograph"),
            CardSummary = "Estimated probability of pneumonia on this radiograph",
            Caution = "Research software, not for patient care.",
            Method = new ManifestCoding("urn:medai:method", "test-chest", "Test chest radiograph"),
        },
    };
}
