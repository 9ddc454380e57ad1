using Hl7.Fhir.Model;
using MedAI.Fhir.Access;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing;

/// <summary>A made-up stay of 24 hours with its prediction, built from the model types only.</summary>
internal sealed record WritingExample
{
    public static readonly DateTimeOffset TimeZero = new(2026, 3, 1, 8, 0, 0, TimeSpan.FromHours(1));
    public static readonly DateTimeOffset AsOf = TimeZero.AddHours(24);
    public const string PublicBase = "http://127.0.0.1:5080/fhir";

    public ModelManifest Manifest { get; init; } = TestManifest.Create();

    public ResultContext Context { get; init; } = new()
    {
        PublicBase = PublicBase,
        Patient = new PatientKey("default", PublicBase, "demo-02"),
        SubjectReference = "Patient/demo-02",
        EncounterReference = "Encounter/demo-02",
        Created = new DateTimeOffset(2026, 3, 2, 7, 0, 1, 250, TimeSpan.Zero),
        RiskAssessmentId = "ra-0001",
        ProvenanceId = "prov-0001",
        Trigger = "operation:assess-risk",
        IdempotencyKey = "5f2c0d",
    };

    public double Risk { get; init; } = 0.38271605;

    public (Probability Low, Probability High)? Interval { get; init; }

    public string Horizon { get; init; } = "encounter";

    public ModelIdentity Model => new(Manifest.Id, Manifest.Version, TestManifest.EmptyHash);

    public static WritingExample Create() => new();

    public WrittenRiskAssessment Write()
    {
        (Prediction prediction, PatientTimeline timeline) = Predict();
        return RiskAssessmentWriter.Write(prediction, Manifest, timeline, Context);
    }

    public RiskAssessment Compose()
    {
        (Prediction prediction, PatientTimeline timeline) = Predict();
        return RiskAssessmentWriter.Compose(prediction, Manifest, timeline, Context);
    }

    public (Prediction Prediction, PatientTimeline Timeline) Predict() => Predict(Stay());

    public (Prediction Prediction, PatientTimeline Timeline) Predict(PatientTimeline timeline)
    {
        var contributions = new List<Contribution>
        {
            Contribution("GCS", 0.84), Contribution("Urine", 0.51), Contribution("BUN", 0.37), Contribution("HR", 0.22),
            new("MechVent", "Mechanical ventilation", ContributionKind.Treatment, 0.18, null, timeline.SourcesInWindow(Variable("MechVent"))),
            Contribution("Temp", -0.16),
            new("age", "Age", ContributionKind.Demographic, 0.12, null, []),
            new("missingness", "What was not measured", ContributionKind.Missingness, -0.07, null, []),
            Contribution("Platelets", -0.04),
        };
        var value = new Probability(Risk);
        var prediction = new Prediction
        {
            Model = Model,
            Estimates =
            [
                new Estimate(Manifest.Outcome.Coding, Manifest.Outcome.Text, Horizon, value, Interval, Manifest.Bands.LastOrDefault(b => b.From <= Risk),
                    Manifest.Thresholds.LastOrDefault(t => t.Value <= Risk)),
            ],
            Explanation = new Explanation("occlusion", contributions),
            Quality = timeline.Quality,
            AsOf = AsOf,
            TimeZero = TimeZero,
            InputHash = "00",
        };
        return (prediction, timeline);

        ModelVariable Variable(string id) => timeline.Variables.Find(id)!;

        Contribution Contribution(string id, double logOdds)
        {
            ModelVariable variable = Variable(id);
            ReadOnlySpan<Measurement> measurements = timeline.InWindow(variable);
            ContributionValue? newest = measurements.IsEmpty ? null : new(measurements[^1].Value, variable.Unit, measurements[^1].Effective);
            return new Contribution(id, variable.Title, ContributionKind.Measurement, logOdds, newest, timeline.SourcesInWindow(variable));
        }
    }

    /// <summary>A deteriorating patient: slow loss of consciousness, rising pulse, falling urine.</summary>
    /// <param name="versioned">The sources have versions; otherwise content hashes.</param>
    public PatientTimeline Stay(bool versioned = true)
    {
        var table = new VariableTable(Manifest);
        int next = 0;
        var builder = new PatientTimelineBuilder(table, AsOf)
        {
            Patient = new PatientFacts(new DateOnly(1951, 4, 9), Sex.Female, false),
            Stay = new CareStay(TimeZero, null, IcuType.Medical, false, new SourceReference("Encounter/demo-02", "3")),
        };
        for (int hour = 0; hour <= 23; hour++)
        {
            Add("8867-4", 82 + 1.6 * hour + 4 * Math.Sin(hour), "/min", hour + 0.1);
            Add("76534-7", 128 - 1.2 * hour + 5 * Math.Cos(hour * 1.7), "mm[Hg]", hour + 0.1);
            if (hour % 4 == 0)
            {
                Add("9269-2", Math.Max(3, 14 - hour / 3), "{score}", hour + 0.2);
                Add("8310-5", 99.1 + 0.08 * hour, "[degF]", hour + 0.2);
            }
            if (hour % 2 == 0)
                Add("9187-6", 95 - 3.2 * hour, "mL", hour + 0.5);
        }
        Add("3094-0", 31, "mg/dL", 1.5);
        Add("3094-0", 38, "mg/dL", 18.25);
        Add("777-3", 162, "10*3/uL", 1.5);
        Add("2823-3", 5.1, "stones", 3);
        Add("8867-4", 9000, "/min", 5.4);
        builder.AddState(table.Find("MechVent")!, TimeZero.AddHours(14), null, Source("Procedure", next++));
        builder.CountUnused(4);
        builder.Remark("time-zero-from-encounter");
        return builder.Build();

        void Add(string code, double value, string unit, double hour) => builder.Add(new RawMeasurement
        {
            Codes = table.FindCodes(TestManifest.Loinc, code),
            Value = value,
            UnitSystem = TestManifest.Ucum,
            UnitCode = unit,
            Effective = TimeZero.AddMinutes(Math.Round(hour * 60)),
            Source = Source("Observation", next++),
        });

        SourceReference Source(string type, int i) => versioned
            ? new SourceReference($"{type}/demo-02-{i}", "1")
            : new SourceReference($"{type}/demo-02-{i}", null, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([(byte)i])));
    }
}
