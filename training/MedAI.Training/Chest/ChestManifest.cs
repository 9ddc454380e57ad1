using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Chest;

/// <summary>The declaration of chest-xray-pneumonia.</summary>
internal static class ChestManifest
{
    public const string Id = ChestXrayEvaluation.Id;
    public const string Version = "1.0.0";
    private const string NonAdherence = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes";

    /// <summary>Whether bacterial against viral is a finding of the package.</summary>
    public const bool WithKind = false;

    public const string Caution =
        "Estimate from a model trained on chest radiographs of children aged 1 to 5 years from one hospital; not locally validated. A low probability does not rule out disease: "
        + "the model cannot see pneumothorax, effusion, misplaced lines or anything but the pattern it learned. It must not replace the reading of the radiograph.";

    public static ModelManifest Create(ChestRecipe recipe, int members, int mapSide, ChestDecisions decisions)
    {
        var at = decisions.Threshold;
        return new ModelManifest
        {
            SchemaVersion = "1.0",
            Id = Id,
            Version = Version,
            Title = "Pneumonia on chest radiographs of children aged 1 to 5 years",
            Kind = ModelKind.Imaging,
            Publisher = "The MedAI authors",
            Licence = "CC-BY-4.0",
            IntendedUse =
                "Informs radiologists and paediatricians about the estimated probability that a frontal chest radiograph of a child aged 1 to 5 years shows pneumonia, "
                + "with a map of where the evidence lies. Research software: not cleared, not CE-marked, not for patient care.",
            TrainingStatement = "Developed and tested on 5,840 chest radiographs of children aged 1 to 5 years from one hospital in Guangzhou, China (Kermany et al. 2018).",
            Limitations =
            [
                "Does not transfer to adults: on adult films such a model answers hardly better than chance. Only children from 1 to 5 completed years; an unknown age is refused.",
                "A low probability does not mean that the film is free of disease. The model cannot see pneumothorax, effusion, lines and tubes, cardiac, bone or other disease.",
                "One hospital (Guangzhou Women and Children's Medical Center), films selected for a study with far more pneumonia than a clinic sees; not validated anywhere else. Recalibrate locally before any use.",
                "Only frontal films (AP or PA) of the chest by computed or digital radiography; lateral films, photographs of films and other examinations are refused.",
                "The films it learned from were published as JPEG pictures of 224 by 224 pixels without their true proportions; fine detail is neither needed nor seen.",
                "The map shows where the evidence of the network lies, at a resolution of an eighth of the film; it outlines no lesion.",
                "It does not tell bacterial from viral pneumonia.",
            ],
            Files = new ManifestFiles
            {
                Model = new ManifestFile("model.onnx", new string('0', 64)),
                Golden = new ManifestFile("golden.json", new string('0', 64)),
                ModelCard = new ManifestFile("model-card.json", new string('0', 64)),
            },
            Outcome = new ManifestOutcome
            {
                Coding = new ManifestCoding("http://snomed.info/sct", "233604007", "Pneumonia"),
                Text = "pneumonia on this chest radiograph",
                Horizon = "current",
                BaseRate = Math.Round(decisions.FitPneumonia / (double)decisions.Fit, 4),
                BaseRateCohort = FormattableString.Invariant($"{decisions.Fit:N0} fitted chest radiographs of Kermany et al. 2018; a clinic sees far fewer"),
            },
            Population = new ManifestPopulation { MinimumAgeYears = 1, MaximumAgeYears = 5 },
            Imaging = new ManifestImaging
            {
                Modalities = ["CR", "DX"],
                BodyParts = ["CHEST", "THORAX"],
                Views = ["AP", "PA"],
                MinimumRows = 224,
                MinimumColumns = 224,
                Intensity = new ManifestIntensity("dicom", "min-max"),
                Crop = "none",
                Resize = new ManifestResize(recipe.Side, recipe.Side, "area"),
            },
            OutOfDistribution = new ManifestOutOfDistribution(
                "ood",
                decisions.Refusal,
                FormattableString.Invariant($"Mean of three standardised log Mahalanobis distances from {decisions.Fit:N0} fitted films (network features, coarse layout, grey levels and edges); 1 % of {decisions.Validation:N0} validation films score higher.")),
            Tensors = new ManifestTensors
            {
                Inputs = [ManifestTensor.Float32("image", "image", "N", "1", $"{recipe.Side}", $"{recipe.Side}")],
                Outputs =
                [
                    ManifestTensor.Float32("logit", "logit", "N"),
                    ManifestTensor.Float32("probability", "probability", "N"),
                    ManifestTensor.Float32("members", "members", "N", $"{members}"),
                    ManifestTensor.Float32("cam", "cam", "N", $"{mapSide}", $"{mapSide}"),
                    ManifestTensor.Float32("features", "features", "N", $"{members * recipe.Widths[^1]}"),
                    ManifestTensor.Float32("ood", "ood", "N"),
                ],
            },
            Calibration = new ManifestCalibration([decisions.Calibration]),
            Thresholds =
            [
                new ManifestThreshold
                {
                    Id = "suspected",
                    Title = "Suspected: best sum of sensitivity and specificity on changed validation films",
                    Value = at.Threshold,
                    Indicator = "warning",
                    AlertRate = Math.Round(at.AlertRate, 4),
                    Sensitivity = Math.Round(at.Sensitivity, 4),
                    Ppv = Math.Round(at.Ppv, 4),
                },
            ],
            Bands = [new ManifestBand(0, "low", "Low probability; does not rule out disease"), new ManifestBand(at.Threshold, "high", "High")],
            Explanation = new ManifestExplanation("class-activation-map", 0),
            Service = new ManifestService
            {
                Hooks = ["patient-view"],
                Description = "Estimates the probability of pneumonia on a frontal chest radiograph of a child aged 1 to 5 years and shows where the evidence lies.",
                UsageRequirements = "Needs a CR or DX chest radiograph, AP or PA, reachable by DICOMweb, and the age of the child.",
                Operations = ["interpret-imaging"],
                Topic = new ManifestCoding("urn:medai:topic", Id, "Pneumonia on chest radiographs of young children"),
                CardSummary = "Estimated probability of pneumonia on this chest radiograph",
                Caution = Caution,
                Method = new ManifestCoding("urn:medai:method", $"{Id}-{Version}", $"Ensemble of {members} small convolutional networks, {Version}"),
                OverrideReasons =
                [
                    // Of HL7's six groups those that fit an estimate which recommends nothing.
                    new ManifestCoding(NonAdherence, "cds-not-applicable", "PC CDS does not apply to patient"),
                    new ManifestCoding(NonAdherence, "cds-suboptimal-context", "PC CDS delivered in suboptimal context"),
                    new ManifestCoding(NonAdherence, "recipient-disagrees-evidence", "Recipient disagrees with recommendation because of issues with the evidence"),
                ],
            },
        };
    }
}
