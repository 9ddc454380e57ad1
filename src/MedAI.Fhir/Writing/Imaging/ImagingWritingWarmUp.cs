using MedAI.Fhir.Access;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Writes one made-up report of an imaging model before the server is ready: loads Firely's type maps and the picture encoder, and finds a manifest that cannot be written.</summary>
public static class ImagingWritingWarmUp
{
    /// <summary>Runs every writer once and drops what they wrote.</summary>
    /// <returns>Problems of the made-up report, for instance a package whose words read as an all-clear: found before the first patient.</returns>
    public static IReadOnlyList<string> Run(ModelManifest manifest, ModelIdentity model)
    {
        int next = 0;
        DateTimeOffset now = DateTimeOffset.UnixEpoch;
        var context = new ReportContext
        {
            PublicBase = "http://localhost/fhir",
            Patient = new PatientKey("default", "http://localhost/fhir", "warm-up"),
            SubjectReference = "Patient/warm-up",
            StudyReference = null,
            EncounterReference = "Encounter/warm-up",
            Created = now,
            ReportId = "warm-up",
            NewId = () => $"warm-up-{++next}",
            Trigger = "warm-up",
        };
        List<string> problems = [];
        // Every band and threshold has its words: one report below all of them and one above.
        foreach (double probability in (ReadOnlySpan<double>)[0, 1])
        {
            WrittenInterpretation written = InterpretationWriter.Write(MadeUp(manifest, model, new Probability(probability), now), context);
            problems.AddRange(written.Problems.Except(problems));
        }
        return problems;
    }

    private static StudyInterpretation MadeUp(ModelManifest manifest, ModelIdentity model, Probability probability, DateTimeOffset now)
    {
        List<Estimate> estimates =
        [
            new(manifest.Outcome.Coding, manifest.Outcome.Text, manifest.Outcome.Horizon, probability, (probability, probability),
                manifest.Bands.LastOrDefault(b => b.From <= probability.Value), manifest.Thresholds.LastOrDefault(t => t.Value <= probability.Value)),
        ];
        estimates.AddRange(manifest.Findings.Select(f =>
            new Estimate(f.Coding, f.Text, manifest.Outcome.Horizon, probability, null, null, f.Thresholds.LastOrDefault(t => t.Value <= probability.Value))));
        var prediction = new Prediction
        {
            Model = model,
            Estimates = estimates,
            Explanation = new Explanation(manifest.Explanation.Method, []),
            Artefacts = [new Artefact(Artefact.ActivationMap, "application/octet-stream", new byte[sizeof(float)], [1, 1])],
            Quality = new DataQualityReport
            {
                Used = 1,
                Converted = 0,
                Flagged = new Dictionary<MeasurementFlags, int>(),
                Rejected = [],
                NotForThisModel = 0,
                Variables = [],
                Remarks = [],
            },
            AsOf = now,
            TimeZero = now,
            InputHash = "",
        };
        return new StudyInterpretation
        {
            Manifest = manifest,
            Model = model,
            StudyUid = "2.25.1",
            StudyStarted = now,
            Images =
            [
                new ImageReading { SeriesUid = "2.25.2", SopUid = "2.25.3", Read = new ReadImage(prediction, new GreyPicture(8, 8, new byte[64]), new PixelSource("", 8, 8, null)) },
                new ImageReading { SeriesUid = "2.25.2", SopUid = "2.25.4", Error = new DicomWebError(DicomWebErrorKind.FrameCompressed) },
            ],
        };
    }
}
