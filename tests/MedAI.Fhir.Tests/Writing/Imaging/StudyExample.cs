using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing.Imaging;

/// <summary>A made-up study of a child: one image read, a lateral one refused, and a series that could not be had.</summary>
internal sealed record StudyExample
{
    public const string PublicBase = "http://127.0.0.1:5080/fhir";
    public const string StudyUid = "2.25.100000000000000000000000000000000001";
    public const string SeriesUid = "2.25.100000000000000000000000000000000002";
    public const string SopUid = "2.25.100000000000000000000000000000000003";

    public ModelManifest Manifest { get; init; } = TestImagingManifest.Create();

    public double Probability { get; init; } = 0.734375;

    public IReadOnlyList<string> Remarks { get; init; } = [ImageRemarks.ViewUnknown, ImageRemarks.LossyCompression];

    public float[] Map { get; init; } = [0, 0, -1, -1, 0, 1, 0.5f, 0, 0, 4, 2, 0, -2, 1, 0, -3];

    public int Rows { get; init; } = 24;

    public int Columns { get; init; } = 20;

    public IReadOnlyList<ImageReading>? Images { get; init; }

    public ReportContext Context { get; init; } = ContextWithIds();

    public ModelIdentity Model => new(Manifest.Id, Manifest.Version, TestManifest.EmptyHash);

    public static ReportContext ContextWithIds()
    {
        int next = 0;
        return new ReportContext
        {
            PublicBase = PublicBase,
            Patient = new PatientKey("default", PublicBase, "demo-child-film"),
            SubjectReference = "Patient/demo-child-film",
            StudyReference = "ImagingStudy/demo-film",
            EncounterReference = "Encounter/demo-child-film",
            Created = new DateTimeOffset(2026, 3, 2, 7, 0, 1, 250, TimeSpan.Zero),
            ReportId = "report-0001",
            NewId = () => $"part-{++next:0000}",
            Trigger = "operation:interpret-imaging",
            IdempotencyKey = "5f2c0d",
        };
    }

    public StudyInterpretation Interpretation() => new()
    {
        Manifest = Manifest,
        Model = Model,
        StudyUid = StudyUid,
        StudyStarted = new DateTimeOffset(2026, 3, 2, 7, 30, 0, TimeSpan.FromHours(1)),
        Images = Images ?? [Read(), Refused(), NotHad()],
    };

    public WrittenInterpretation Write() => InterpretationWriter.Write(Interpretation(), Context);

    /// <summary>The JSON of the first resource of a type.</summary>
    public static JsonElement Json(WrittenInterpretation written, string type)
    {
        Assert.Empty(written.Problems);
        return JsonDocument.Parse(written.Resources.First(r => r.Type == type).Json).RootElement;
    }

    public ImageReading Read() => new()
    {
        SeriesUid = SeriesUid,
        SopUid = SopUid,
        InstanceNumber = 1,
        Read = new ReadImage(Predict(), new GreyPicture(Rows, Columns, Picture(Rows, Columns)), new PixelSource(TestManifest.EmptyHash, 2000, 1600, 3)),
    };

    public static ImageReading Refused() => new()
    {
        SeriesUid = SeriesUid,
        SopUid = "2.25.100000000000000000000000000000000004",
        InstanceNumber = 2,
        Refusals = [new AbstentionReason(AbstentionKind.WrongView, "The model reads images of view AP or PA; the image is of another.")],
    };

    public static ImageReading NotHad() => new()
    {
        SeriesUid = "2.25.100000000000000000000000000000000005",
        SopUid = null,
        Error = new DicomWebError(DicomWebErrorKind.EndpointUntrusted),
    };

    /// <summary>Two dark fields with a brighter spot in one of them.</summary>
    public static byte[] Picture(int rows, int columns)
    {
        var pixels = new byte[rows * columns];
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                double v = (y + 0.5) / rows * 2 - 1, u = (x + 0.5) / columns * 2 - 1;
                double grey = 190 - 40 * v * v;
                grey -= 130 * Field(u - 0.42, v + 0.05) + 130 * Field(u + 0.42, v + 0.05);
                grey += 70 * Math.Exp(-((u + 0.4) * (u + 0.4) + (v - 0.3) * (v - 0.3)) / 0.03);
                grey += 8 * Math.Cos(v * 22) * Field(u * 0.45, v);
                pixels[y * columns + x] = (byte)Math.Clamp(Math.Round(grey), 0, 255);
            }
        }
        return pixels;

        static double Field(double u, double v) => 1 / (1 + Math.Exp(14 * (Math.Sqrt(u * u / 0.1 + v * v / 0.5) - 1)));
    }

    private Prediction Predict()
    {
        var bytes = new byte[Map.Length * sizeof(float)];
        Buffer.BlockCopy(Map, 0, bytes, 0, bytes.Length);
        var asOf = new DateTimeOffset(2026, 3, 2, 6, 30, 0, TimeSpan.Zero);
        ManifestOutcome outcome = Manifest.Outcome;
        List<Estimate> estimates =
        [
            new(outcome.Coding, outcome.Text, outcome.Horizon, new Probability(Probability), (new Probability(Probability * 0.8), new Probability(1 - (1 - Probability) * 0.8)),
                Manifest.Bands.LastOrDefault(b => b.From <= Probability), Manifest.Thresholds.LastOrDefault(t => t.Value <= Probability)),
        ];
        estimates.AddRange(Manifest.Findings.Select(f => new Estimate(f.Coding, f.Text, outcome.Horizon, new Probability(0.25), null, null, null)));
        return new Prediction
        {
            Model = Model,
            Estimates = estimates,
            Explanation = new Explanation("class-activation-map", []),
            Artefacts = Map.Length == 0 ? [] : [new Artefact(Artefact.ActivationMap, "application/octet-stream", bytes, [Map.Length / TestImagingManifest.MapSide, TestImagingManifest.MapSide])],
            Quality = new DataQualityReport
            {
                Used = 1,
                Converted = 0,
                Flagged = new Dictionary<MeasurementFlags, int>(),
                Rejected = [],
                NotForThisModel = 0,
                Variables = [],
                Remarks = Remarks,
            },
            AsOf = asOf,
            TimeZero = asOf,
            InputHash = "00",
        };
    }
}
