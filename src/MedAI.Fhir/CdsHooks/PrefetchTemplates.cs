using System.Collections.Immutable;
using System.Globalization;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks.Prefetch;
using MedAI.Fhir.Sources;
using MedAI.Models.Packages;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Prefetch templates that fetch what a model reads, generated from its manifest.</summary>
/// <remarks>
/// Only CDS Hooks 2.0 tokens and the recommended search subset: type search, token parameters, <c>_sort</c>, <c>_count</c>.
/// That subset has no <c>_include</c>, so the intensive-care Locations, which decide time zero, are asked for by type; they hold no patient data.
/// A client of CDS Hooks 3.0 can reckon with today's date, and is asked for the model's window alone.
/// </remarks>
public static class PrefetchTemplates
{
    public const string Patient = "patient";
    public const string Encounter = "encounter";
    public const string Locations = "locations";
    public const string VitalSigns = "observations-vital-signs";
    public const string Laboratory = "observations-laboratory";
    public const string Codes = "observations-codes";
    public const string Lasting = "observations-lasting";
    public const string Procedures = "procedures";
    public const string ImagingStudies = "imaging-studies";
    public const string ImagingStudy = "imaging-study";

    /// <summary>Every key, in the order in which services publish them.</summary>
    internal static readonly ImmutableArray<string> InOrder = [Patient, Encounter, Locations, VitalSigns, Laboratory, Codes, Lasting, Procedures, ImagingStudies, ImagingStudy];

    private const string PatientId = "{{context.patientId}}";

    /// <summary>Codes under which several values are charted in one Observation, by a code of theirs: <c>code</c> finds an Observation by its own code and not by those of its components (R4,
    /// Observation-code), and <c>combo-code</c>, which finds both, is no part of the recommended subset.</summary>
    /// <remarks>LOINC's Glasgow coma scale: eye opening, motor, verbal, total. Blood pressures are found by their category.</remarks>
    private static readonly Dictionary<string, string> PanelOf = new[] { "9267-6", "9268-4", "9270-0", "9269-2" }.ToDictionary(code => "http://loinc.org|" + code, _ => "http://loinc.org|35088-4", StringComparer.Ordinal);

    private const string ForPatient = "patient=" + PatientId;

    /// <summary>Template by key.</summary>
    /// <param name="icuLocationTypes">system|code tokens of the Location types that are intensive care units.</param>
    public static IReadOnlyDictionary<string, string> For(ModelManifest manifest, IReadOnlyList<string> icuLocationTypes)
    {
        int count = manifest.Service.PrefetchCount;
        string newestFirst = $"_sort=-date&_count={count}";
        var templates = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Patient] = "Patient/{{context.patientId}}",
            [Encounter] = $"Encounter?{ForPatient}&_sort=-date&_count=20",
            [Locations] = $"Location?type={string.Join(',', icuLocationTypes)}&_count={count}",
        };
        if (manifest.Variables.Any(v => v.Category == "vital-signs"))
            templates[VitalSigns] = $"Observation?{ForPatient}&category=vital-signs&{newestFirst}";
        if (manifest.Variables.Any(v => v.Category == "laboratory"))
            templates[Laboratory] = $"Observation?{ForPatient}&category=laboratory&{newestFirst}";
        var codes = manifest.Variables.Where(v => v.Category is null)
            .SelectMany(v => v.Codes.Concat(v.Parts?.Codes ?? []))
            .Select(c => $"{c.System}|{c.Code}").Distinct(StringComparer.Ordinal).ToArray();
        if (codes.Length > 0)
            templates[Codes] = $"Observation?{ForPatient}&code={string.Join(',', codes.Concat(codes.Select(c => PanelOf.GetValueOrDefault(c)).OfType<string>().Distinct(StringComparer.Ordinal)))}&{newestFirst}";
        var procedures = manifest.Variables.SelectMany(v => v.State?.ProcedureCodes ?? [])
            .Select(c => $"{c.System}|{c.Code}").Distinct(StringComparer.Ordinal).ToArray();
        if (procedures.Length > 0)
            templates[Procedures] = $"Procedure?{ForPatient}&code={string.Join(',', procedures)}&{newestFirst}";
        return templates;
    }

    /// <summary>Needs of a client of CDS Hooks 3.0: Observations from the model's window alone, and under a key of its own the few that the model reads from any time.</summary>
    /// <remarks>Days are counted by the client in its own time zone and searched by its server in another: one day more than the window has.</remarks>
    public static IReadOnlyList<PrefetchNeed> WithinWindow(ModelManifest manifest, IReadOnlyDictionary<string, string> templates)
    {
        int days = (int)Math.Ceiling(manifest.Timing!.MaximumHours / 24) + 1;
        var needs = templates.Select(t => new PrefetchNeed(t.Key, t.Value)
        {
            Published = t.Value.StartsWith("Observation?", StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"{t.Value}&date=ge{{{{today() - {days} days}}}}") : t.Value,
        }).ToList();
        if (Search(manifest.Variables.Where(v => v.Use != "series")) is { } lasting)
            needs.Add(new PrefetchNeed(Lasting, lasting) { NewestOnly = true });
        return [.. needs.OrderBy(n => InOrder.IndexOf(n.Key))];
    }

    /// <summary>Templates of an imaging service for hooks that name a patient: the newest studies, of any modality, because the recommended subset cannot ask for one.</summary>
    public static IReadOnlyDictionary<string, string> ForNewestStudies() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Patient] = "Patient/{{context.patientId}}",
        [ImagingStudies] = $"ImagingStudy?{ForPatient}&_sort=-started&_count=20",
    };

    /// <summary>Templates of an imaging service for a hook whose context names the study.</summary>
    public static IReadOnlyDictionary<string, string> ForNamedStudy() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Patient] = "Patient/{{context.patientId}}",
        [ImagingStudy] = "ImagingStudy/{{context.imagingStudyId}}",
    };

    /// <summary>Search for what a model reads of a key from any time, because it lasts (a height); null where there is no such thing.</summary>
    public static string? LastingOf(ModelManifest manifest, string key)
    {
        string? category = key switch
        {
            VitalSigns => "vital-signs",
            Laboratory => "laboratory",
            _ => null,
        };
        return Search(manifest.Variables.Where(v => v.Use != "series" && v.Category == category));
    }

    /// <summary>What to ask a FHIR server for so that a model can read one patient: measurements of its window, and whatever it reads from before it.</summary>
    /// <param name="patientId">A FHIR id; needs no escape.</param>
    /// <param name="asOf">Instant of the score.</param>
    public static IEnumerable<EhrSearch> SearchesOf(AssessableModel model, string patientId, DateTimeOffset asOf) =>
        For(model.Manifest, model.IcuLocationTypes).SelectMany(t => Within(model.Manifest, t.Key, t.Value.Replace(PatientId, patientId, StringComparison.Ordinal), patientId, asOf, lastingApart: false));

    /// <summary>A search bounded to the model's window where it is for measurements.</summary>
    /// <param name="query">Without tokens.</param>
    /// <param name="lastingApart">True where what lasts has a key of its own.</param>
    public static IEnumerable<EhrSearch> Within(ModelManifest manifest, string key, string query, string patientId, DateTimeOffset asOf, bool lastingApart)
    {
        if (!query.StartsWith("Observation?", StringComparison.Ordinal))
            return [new EhrSearch(key, query)];
        var floor = asOf.ToUniversalTime().AddHours(-manifest.Timing!.MaximumHours);
        var bounded = new EhrSearch(key, string.Create(CultureInfo.InvariantCulture, $"{query}&date=ge{floor:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        string? lasting = lastingApart ? null : LastingOf(manifest, key)?.Replace(PatientId, patientId, StringComparison.Ordinal);
        return lasting is null ? [bounded] : [bounded, new EhrSearch(key, lasting, null, AllPages: false)];
    }

    private static string? Search(IEnumerable<ManifestVariable> variables)
    {
        string[] codes = [.. variables.SelectMany(v => v.Codes).Select(c => $"{c.System}|{c.Code}").Distinct(StringComparer.Ordinal)];
        return codes.Length == 0 ? null : $"Observation?{ForPatient}&code={string.Join(',', codes)}&_sort=-date&_count=100";
    }

    /// <summary>A service can do without it when the rest of the prefetch already says where the patient is.</summary>
    public static bool IsOptional(string key) => key == Locations;
}
