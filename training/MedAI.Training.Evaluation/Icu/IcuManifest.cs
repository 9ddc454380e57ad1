using System.Text.Json;
using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>The parts of the icu-mortality manifest that do not come from training.</summary>
internal static class IcuManifest
{
    public const string Id = "icu-mortality";
    public const string Version = "2.0.0";
    public const string Limits = "Estimate from a model trained on 2012-challenge ICU data; not locally validated; must not be used to limit treatment, triage or set code status.";
    private const string NonAdherence = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes";

    private static readonly string[] StaticOrder =
    [
        "age", "male", "icu-coronary", "icu-cardiac-surgery", "icu-medical", "icu-surgical", "icu-other", "height", "height-observed", "weight", "weight-observed",
    ];

    /// <summary>A manifest with every baseline 0 and nothing measured yet.</summary>
    public static ModelManifest Draft(int members) => new()
    {
        SchemaVersion = "1.0",
        Id = Id,
        Version = Version,
        Title = "ICU in-hospital mortality",
        Kind = ModelKind.Sequence,
        Publisher = "The MedAI authors",
        Licence = "ODC-By-1.0",
        IntendedUse =
            "Informs clinicians and quality teams about the estimated probability that an adult patient in intensive care dies during this hospital stay, "
            + "from 6 to 48 hours after the start of the ICU stay. Research software: not cleared, not CE-marked, not for patient care.",
        TrainingStatement = "Developed and tested by cross-validation on 8,000 adult ICU stays of one hospital (PhysioNet/CinC Challenge 2012, sets A and B).",
        Limitations =
        [
            "One hospital in the United States, care of 2001 to 2008; not validated anywhere else. Recalibrate locally before any use.",
            "Only adults from 16 years, only in intensive care, only 6 to 48 hours after the start of the ICU stay.",
            "What was measured and how often is itself an input: a different charting practice changes the estimate.",
            "Treatment limits and palliative decisions were part of the outcome that it learned.",
            "24-hour urine totals are not accepted as hourly output; high-sensitivity troponin and pulse oximetry are accepted with a flag and are not interchangeable with what it was trained on.",
        ],
        Files = new ManifestFiles
        {
            Model = new ManifestFile("model.onnx", new string('0', 64)),
            Golden = new ManifestFile("golden.json", new string('0', 64)),
            ModelCard = new ManifestFile("model-card.json", new string('0', 64)),
        },
        Outcome = new ManifestOutcome
        {
            Coding = new ManifestCoding("http://snomed.info/sct", "371828006", "Patient deceased during stay (discharge status = dead)"),
            Text = "death during this hospital stay",
            Horizon = "encounter",
            BaseRate = 0.5,
            BaseRateCohort = "to be filled",
        },
        Timing = new ManifestTiming { TimeZero = "icu-stay-start", MinimumHours = 6, MaximumHours = 48 },
        Population = new ManifestPopulation { MinimumAgeYears = 16, Settings = ["icu"] },
        Encoder = new ManifestEncoder { Name = "hourly-grid", StepHours = 1, Statics = [.. StaticOrder.Select(f => new ManifestStatic(f, GroupOf(f), 0))] },
        Variables = IcuVariables.Read(),
        MinimumData = new ManifestMinimumData
        {
            // Chosen by the table and curve "When it does not answer" of the report.
            DistinctVariables = 8,
            NewestWithinHours = 24,
            AnyOf = [new("heart rate", ["HR"]), new("a blood pressure", ["SysABP", "NISysABP", "MAP", "NIMAP"])],
        },
        Tensors = Tensors(IcuVariables.Read().Count(v => v.Use == "series"), StaticOrder.Length, members),
        Calibration = new ManifestCalibration([new ManifestLandmark(48, 1, 0)]),
        Explanation = new ManifestExplanation("occlusion", 5),
        Service = new ManifestService
        {
            Hooks = ["patient-view"],
            Description =
                "Estimates the probability of death during this hospital stay for an adult in intensive care, 6 to 48 hours after the ICU stay began, "
                + "and names the measurements that contributed to the estimate.",
            UsageRequirements = "Needs the current ICU encounter with its locations, vital signs, laboratory results and ventilation of the stay.",
            Operations = ["assess-risk"],
            Topic = new ManifestCoding("urn:medai:topic", Id, "ICU mortality risk"),
            CardSummary = "Estimated risk of death during this hospital stay",
            Caution = Limits,
            Method = new ManifestCoding("urn:medai:method", $"{Id}-{Version}", $"Recurrent networks and boosted trees on an hourly grid of ICU measurements, {Version}"),
            OverrideReasons =
            [
                // Of HL7's six groups those that fit an estimate which recommends nothing; two reasons that HL7 has no code for.
                new ManifestCoding(NonAdherence, "cds-not-applicable", "PC CDS does not apply to patient"),
                new ManifestCoding(NonAdherence, "cds-suboptimal-context", "PC CDS delivered in suboptimal context"),
                new ManifestCoding(NonAdherence, "recipient-disagrees-evidence", "Recipient disagrees with recommendation because of issues with the evidence"),
                new ManifestCoding("urn:medai:override-reason", "already-known", "Risk already known and acted on"),
                new ManifestCoding("urn:medai:override-reason", "data-wrong", "Input data are wrong or missing"),
            ],
            TrendVariables = ["HR", "MAP", "NIMAP", "RespRate", "SaO2", "Temp", "GCS", "Lactate", "Creatinine", "Urine"],
        },
    };

    private static string GroupOf(string feature) => feature switch
    {
        "male" => "sex",
        "age" => "age",
        _ when feature.StartsWith("icu-", StringComparison.Ordinal) => "icu-type",
        _ => feature.Split('-')[0],
    };

    private static ManifestTensors Tensors(int series, int statics, int members)
    {
        var outputs = new List<ManifestTensor> { Tensor("logit", "logit", "N"), Tensor("probability", "probability", "N") };
        if (members > 1)
            outputs.Add(Tensor("member_logits", "members", "N", members));
        return new ManifestTensors
        {
            Inputs =
            [
                Tensor("values", "values", "N", "T", series),
                Tensor("observed", "observed", "N", "T", series),
                Tensor("hours_since", "hours-since", "N", "T", series),
                Tensor("statics", "statics", "N", statics),
            ],
            Outputs = outputs,
        };
    }

    private static ManifestTensor Tensor(string name, string role, params object[] shape) =>
        new(name, role, "float32", [.. shape.Select(d => JsonSerializer.SerializeToElement(d))]);
}
