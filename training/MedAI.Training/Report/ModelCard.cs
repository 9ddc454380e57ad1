using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MedAI.Models.Packages;
using MedAI.Training.Icu;

namespace MedAI.Training.Report;

/// <summary>Writes model-card.json: the 31 source attributes of 45 CFR 170.315(b)(11)(iv)(B), answered for this model.</summary>
internal static class ModelCard
{
    public static readonly IReadOnlyList<string> Citations =
    [
        "Silva I, Moody G, Scott DJ, Celi LA, Mark RG. Predicting in-hospital mortality of ICU patients: the PhysioNet/Computing in Cardiology Challenge 2012. Computing in Cardiology 2012;39:245-248.",
        "Goldberger AL, Amaral LAN, Glass L, et al. PhysioBank, PhysioToolkit, and PhysioNet: components of a new research resource for complex physiologic signals. Circulation 2000;101(23):e215-e220.",
        "Data: PhysioNet/CinC Challenge 2012, Open Data Commons Attribution License (ODC-BY) 1.0, https://physionet.org/content/challenge-2012/1.0.0/",
    ];

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static byte[] Write(ModelManifest manifest, TrainingSummary summary)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("schemaVersion", "1.0");
            json.WriteString("model", manifest.Id);
            json.WriteString("version", manifest.Version);
            json.WriteString("title", manifest.Title);
            json.WriteString("framework", "ONC HTI-1 predictive decision support intervention, 45 CFR 170.315(b)(11)(iv)(B)");
            json.WriteStartArray("sourceAttributes");
            var number = 0;
            foreach (var (section, attribute, answer) in Attributes(manifest, summary))
            {
                json.WriteStartObject();
                json.WriteNumber("number", ++number);
                json.WriteString("section", section);
                json.WriteString("attribute", attribute);
                json.WriteString("answer", answer);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("citations");
            foreach (var citation in Citations)
                json.WriteStringValue(citation);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static IEnumerable<(string Section, string Attribute, string Answer)> Attributes(ModelManifest m, TrainingSummary s)
    {
        string N(double value, string format = "F3") => value.ToString(format, CultureInfo.InvariantCulture);
        var discrimination = string.Join("; ", s.Landmarks.Select(l => $"{l.Hours} h: AUROC {N(l.Auroc.Value)} ({N(l.Auroc.Low)}-{N(l.Auroc.High)}), AUPRC {N(l.AveragePrecision.Value)}, Brier {N(l.Brier.Value, "F4")}, ECE {N(l.CalibrationError.Value)}"));
        var points = string.Join("; ", m.Thresholds.Select(t => $"{t.Id} at {N(t.Value, "F4")}: alerts {N(100 * t.AlertRate, "F1")} %, sensitivity {N(100 * t.Sensitivity, "F1")} %, PPV {N(100 * t.Ppv, "F1")} %"));
        var groups = string.Join("; ", s.Groups.Select(g => $"{g.Group}: {g.Stays} stays, {g.Deaths} deaths, AUROC {N(g.Auroc)}, mean risk {N(100 * g.MeanRisk, "F1")} %"));

        const string Details = "Details and output";
        yield return (Details, "Developer and contact", "The MedAI authors, an open-source project; contact through the issue tracker of the project.");
        yield return (Details, "Funding source", "None.");
        yield return (Details, "Value produced as output", "Probability, 0 to 100 %, of death during the current hospital stay; contributions of inputs by occlusion; data-quality report.");
        yield return (Details, "Kind of output", "Prediction.");

        const string Purpose = "Purpose";
        yield return (Purpose, "Intended use", m.IntendedUse);
        yield return (Purpose, "Intended patient population", "Adults from 16 years in an intensive care unit, 6 to 48 hours after the start of the ICU stay.");
        yield return (Purpose, "Intended users", "Researchers, data scientists and clinicians who evaluate decision support; not for care of patients.");
        yield return (Purpose, "Intended decision-making role", "Informs. It neither augments nor replaces clinical judgement.");

        const string Cautioned = "Cautioned out-of-scope use";
        yield return (Cautioned, "Tasks, situations and populations cautioned against", "Limiting treatment, triage, setting of code status, resource allocation, billing, comparison of hospitals; children; wards and emergency departments; more than 48 hours after the start of the ICU stay; patients whose treatment is already limited.");
        yield return (Cautioned, "Known risks, inappropriate settings, limitations", string.Join(" ", m.Limitations));

        const string Development = "Development details and input features";
        yield return (Development, "Inclusion and exclusion criteria of the training data", $"Inclusion as in the challenge: adult ICU stays of at least 48 hours. {s.All.Stays} stays of sets A and B used; {s.LeftOut} left out because nothing was measured.");
        yield return (Development, "Use of demographic variables as inputs", "Age and sex are inputs (completed years; administrative gender as male or not). Race, ethnicity, language, sexual orientation, gender identity and social determinants are neither inputs nor in the data. Kind of ICU, height and weight are inputs.");
        yield return (Development, "Demographic representativeness of the training data", $"One academic hospital in Boston, USA, stays of 2001 to 2008. Deaths: {N(100.0 * s.All.Deaths / s.All.Stays, "F1")} %. Race and ethnicity are not in the data, so representativeness cannot be shown. Ages above 89 are folded into 90.");
        yield return (Development, "Relevance of the training data to the deployed setting", "Care of 2001 to 2008 differs from today's; laboratory assays, ventilation and charting have changed. Relevance must be shown locally before use.");

        const string Fairness = "Fairness process";
        yield return (Fairness, "Approach to fair output", "Results by sex, age band and kind of unit are reported with every training run; no group was used for selection.");
        yield return (Fairness, "Approaches to manage, reduce or eliminate bias", "None beyond reporting. Missing measurements are inputs and may carry differences in care; the explanation states the contribution of missingness separately.");

        const string External = "External validation";
        yield return (External, "Data source and setting", "None yet: no stay from another hospital was used.");
        yield return (External, "Party that conducted it", "None.");
        yield return (External, "Demographic representativeness of external data", "Not applicable: no external validation.");
        yield return (External, "Description of the process", "Not applicable: no external validation.");

        const string Quantitative = "Quantitative performance";
        yield return (Quantitative, "Validity in test data from the same source", $"{s.Test.Stays} stays, {s.Test.Deaths} deaths, not used for fitting, stopping, calibration or thresholds. {discrimination}. Thresholds at 48 h: {points}.");
        yield return (Quantitative, "Fairness in test data from the same source", $"At 48 h: {groups}.");
        yield return (Quantitative, "Validity in external data", "Not evaluated.");
        yield return (Quantitative, "Fairness in external data", "Not evaluated.");
        yield return (Quantitative, "References to evaluation of outcomes", "None: no study of the effect on care exists.");

        const string Maintenance = "Ongoing maintenance";
        yield return (Maintenance, "Process and frequency of monitoring validity", "None centrally. The package carries input histograms so that a site can watch drift.");
        yield return (Maintenance, "Validity in local data", "To be established by each site.");
        yield return (Maintenance, "Process and frequency of monitoring fairness", "None centrally.");
        yield return (Maintenance, "Fairness in local data", "To be established by each site.");

        const string Update = "Update schedule";
        yield return (Update, "Process and frequency of updates", "No fixed schedule; a new version is a new package with its own report.");
        yield return (Update, "Frequency of correction when risks are found", "As risks are reported; the package can be withdrawn by removing its folder.");
    }
}
