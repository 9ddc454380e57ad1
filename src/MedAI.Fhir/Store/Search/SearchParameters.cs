using System.Security.Cryptography;
using System.Text;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Conformance;
using R4 = Hl7.Fhir.Model;

namespace MedAI.Fhir.Store.Search;

/// <summary>R4's own search parameters of the types that this store holds, and those that <c>profiles/</c> defines: the one list that indexing, searching and the CapabilityStatement are made of.</summary>
/// <remarks>Only parameters whose elements our resources can have. A change of this list makes the store build its index anew at the next start.</remarks>
public static class SearchParameters
{
    private static readonly string[] Subjects = ["Patient", "Group"];

    private static readonly SearchParameter[] Common =
    [
        new("_id", SearchKind.Token),
        new("_lastUpdated", SearchKind.Date),
        new("_profile", SearchKind.Uri) { Paths = ["meta.profile"] },
        new("_security", SearchKind.Token) { Paths = ["meta.security"] },
        new("_tag", SearchKind.Token) { Paths = ["meta.tag"] },
    ];

    private static readonly Dictionary<string, SearchDefinition> ByType = new[]
    {
        Define("RiskAssessment",
            Refer("condition", ["Condition"], "condition"),
            Of("date", SearchKind.Date, "occurrenceDateTime", "occurrencePeriod"),
            Refer("encounter", ["Encounter"], "encounter"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("method", SearchKind.Token, "method"),
            Refer("subject", Subjects, "subject"), PatientOf("subject"),
            Refer("performer", ["Practitioner", "PractitionerRole", "Device"], "performer"),
            Of("probability", SearchKind.Number, "prediction.probabilityDecimal"),
            Of("risk", SearchKind.Token, "prediction.qualitativeRisk")),
        Define("DiagnosticReport",
            Of("category", SearchKind.Token, "category"),
            Of("code", SearchKind.Token, "code"),
            Of("date", SearchKind.Date, "effectiveDateTime", "effectivePeriod"),
            Refer("encounter", ["Encounter"], "encounter"),
            Of("identifier", SearchKind.Token, "identifier"),
            // Who looks at a study asks what was read in it; R4 finds reports by everything but that.
            Refer("imaging-study", ["ImagingStudy"], "imagingStudy") with { Definition = CanonicalUrls.ImagingStudyParameter },
            Of("issued", SearchKind.Date, "issued"),
            Refer("media", ["Media"], "media.link"),
            Refer("subject", ["Patient", "Group", "Device", "Location"], "subject"), PatientOf("subject"),
            Refer("result", ["Observation"], "result"),
            Code<R4.DiagnosticReport.DiagnosticReportStatus>("status", "status")),
        Define("Observation",
            Of("category", SearchKind.Token, "category"),
            Of("code", SearchKind.Token, "code"),
            Of("component-code", SearchKind.Token, "component.code"),
            Of("component-value-concept", SearchKind.Token, "component.valueCodeableConcept"),
            Of("combo-code", SearchKind.Token, "code", "component.code"),
            Of("date", SearchKind.Date, "effectiveDateTime", "effectivePeriod", "effectiveInstant"),
            Refer("derived-from", ["DocumentReference", "ImagingStudy", "Media", "MolecularSequence", "Observation", "QuestionnaireResponse"], "derivedFrom"),
            Refer("device", ["Device", "DeviceMetric"], "device"),
            Refer("encounter", ["Encounter"], "encounter"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("method", SearchKind.Token, "method"),
            Refer("specimen", ["Specimen"], "specimen"),
            Refer("subject", ["Patient", "Group", "Device", "Location"], "subject"), PatientOf("subject"),
            Code<R4.ObservationStatus>("status", "status"),
            Of("value-concept", SearchKind.Token, "valueCodeableConcept")),
        Define("Media",
            Of("created", SearchKind.Date, "createdDateTime", "createdPeriod"),
            Refer("device", ["Device", "DeviceMetric"], "device"),
            Refer("encounter", ["Encounter"], "encounter"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("site", SearchKind.Token, "bodySite"),
            Refer("subject", ["Patient", "Practitioner", "PractitionerRole", "Group", "Device", "Specimen", "Location"], "subject"), PatientOf("subject"),
            Code<R4.EventStatus>("status", "status"),
            Of("type", SearchKind.Token, "type")),
        Define("Provenance",
            Refer("agent", ["Practitioner", "PractitionerRole", "RelatedPerson", "Patient", "Device", "Organization"], "agent.who"),
            Of("agent-role", SearchKind.Token, "agent.role"),
            Of("agent-type", SearchKind.Token, "agent.type"),
            Refer("entity", [], "entity.what"),
            Of("recorded", SearchKind.Date, "recorded"),
            Refer("target", [], "target"), PatientOf("target"),
            Of("when", SearchKind.Date, "occurredDateTime")),
        Define("Device",
            Of("device-name", SearchKind.Text, "deviceName.name", "type.text", "type.coding.display"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("manufacturer", SearchKind.Text, "manufacturer"),
            Of("model", SearchKind.Text, "modelNumber"),
            Code<R4.Device.FHIRDeviceStatus>("status", "status"),
            Of("type", SearchKind.Token, "type")),
        Define("DocumentReference",
            Of("contenttype", SearchKind.Token, "content.attachment.contentType"),
            Of("date", SearchKind.Date, "date"),
            Of("description", SearchKind.Text, "description"),
            Of("identifier", SearchKind.Token, "masterIdentifier", "identifier"),
            Of("language", SearchKind.Token, "content.attachment.language"),
            Code<R4.DocumentReferenceStatus>("status", "status"),
            Of("type", SearchKind.Token, "type")),
        // The demo's records.
        Define("Patient",
            Of("birthdate", SearchKind.Date, "birthDate"),
            Of("family", SearchKind.Text, "name.family"),
            Code<R4.AdministrativeGender>("gender", "gender"),
            Of("given", SearchKind.Text, "name.given"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("name", SearchKind.Text, "name.family", "name.given", "name.prefix", "name.suffix", "name.text")),
        Define("Encounter",
            Of("class", SearchKind.Token, "class"),
            Of("date", SearchKind.Date, "period"),
            Of("identifier", SearchKind.Token, "identifier"),
            Refer("location", ["Location"], "location.location"),
            Refer("subject", Subjects, "subject"), PatientOf("subject"),
            Code<R4.Encounter.EncounterStatus>("status", "status"),
            Of("type", SearchKind.Token, "type")),
        Define("Location",
            Of("identifier", SearchKind.Token, "identifier"),
            Of("name", SearchKind.Text, "name", "alias"),
            Code<R4.Location.LocationStatus>("status", "status"),
            Of("type", SearchKind.Token, "type")),
        Define("Procedure",
            Of("code", SearchKind.Token, "code"),
            Of("date", SearchKind.Date, "performedDateTime", "performedPeriod"),
            Refer("encounter", ["Encounter"], "encounter"),
            Of("identifier", SearchKind.Token, "identifier"),
            Refer("subject", Subjects, "subject"), PatientOf("subject"),
            Code<R4.EventStatus>("status", "status")),
        Define("Condition",
            Of("clinical-status", SearchKind.Token, "clinicalStatus"),
            Of("code", SearchKind.Token, "code"),
            Refer("encounter", ["Encounter"], "encounter"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("onset-date", SearchKind.Date, "onsetDateTime", "onsetPeriod"),
            Of("recorded-date", SearchKind.Date, "recordedDate"),
            Refer("subject", Subjects, "subject"), PatientOf("subject")),
        Define("Specimen",
            Of("collected", SearchKind.Date, "collection.collectedDateTime", "collection.collectedPeriod"),
            Of("identifier", SearchKind.Token, "identifier"),
            Refer("subject", ["Patient", "Group", "Device", "Substance", "Location"], "subject"), PatientOf("subject"),
            Of("type", SearchKind.Token, "type")),
        Define("ImagingStudy",
            Refer("encounter", ["Encounter"], "encounter"),
            Refer("endpoint", ["Endpoint"], "endpoint", "series.endpoint"),
            Of("identifier", SearchKind.Token, "identifier"),
            Of("modality", SearchKind.Token, "series.modality"),
            Of("started", SearchKind.Date, "started"),
            Refer("subject", ["Patient", "Group", "Device"], "subject"), PatientOf("subject"),
            Code<R4.ImagingStudy.ImagingStudyStatus>("status", "status")),
        Define("Endpoint",
            Of("identifier", SearchKind.Token, "identifier"),
            Of("name", SearchKind.Text, "name"),
            Code<R4.Endpoint.EndpointStatus>("status", "status")),
        Define("Group",
            Of("identifier", SearchKind.Token, "identifier"),
            Refer("member", ["Patient", "Practitioner", "PractitionerRole", "Device", "Medication", "Substance", "Group"], "member.entity"),
            Code<R4.Group.GroupType>("type", "type")),
    }.ToDictionary(d => d.Type, StringComparer.Ordinal);

    /// <summary>All types that can be searched, in order.</summary>
    public static IReadOnlyList<SearchDefinition> All { get; } = [.. ByType.Values.OrderBy(d => d.Type, StringComparer.Ordinal)];

    /// <summary>Tells this list from that of another version of the software: the index of a store was built by one of them.</summary>
    public static string Fingerprint { get; } = Digest();

    /// <summary>Null for a type that is not searched.</summary>
    public static SearchDefinition? Of(string type) => ByType.GetValueOrDefault(type);

    /// <summary>Parameters of other types whose references may point at this one: <c>_revinclude=[Type]:[name]</c>.</summary>
    public static IEnumerable<(string Type, SearchParameter Parameter)> PointingAt(string type) =>
        All.SelectMany(d => d.Includes.Where(p => p.Of is null && (p.Targets.Count == 0 || p.Targets.Contains(type))).Select(p => (d.Type, p)));

    private static SearchDefinition Define(string type, params ReadOnlySpan<SearchParameter> own)
    {
        var all = new List<SearchParameter>(Common.Length + own.Length);
        foreach (var parameter in (ReadOnlySpan<SearchParameter>)[.. Common, .. own])
            all.Add(parameter with { Key = $"{type}.{parameter.Of ?? parameter.Name}" });
        return new SearchDefinition(type, all);
    }

    private static SearchParameter Of(string name, SearchKind kind, params string[] paths) => new(name, kind) { Paths = paths };

    private static SearchParameter Refer(string name, string[] targets, params string[] paths) => new(name, SearchKind.Reference) { Paths = paths, Targets = targets };

    private static SearchParameter PatientOf(string name) => new("patient", SearchKind.Reference) { Of = name, Targets = ["Patient"] };

    private static SearchParameter Code<T>(string name, params string[] paths) where T : struct, Enum => new(name, SearchKind.Token)
    {
        Paths = paths,
        Codes = [.. Enum.GetValues<T>().Select(v => EnumUtility.GetLiteral(v)!)],
        System = EnumUtility.GetSystem(Enum.GetValues<T>()[0])!,
    };

    private static string Digest()
    {
        var text = new StringBuilder("1");
        foreach (var definition in All)
        {
            foreach (var parameter in definition.Parameters.Where(p => p.Of is null))
                text.Append('\n').Append(parameter.Key).Append(' ').Append(parameter.Kind).Append(' ').AppendJoin('|', parameter.Paths).Append(' ').Append(parameter.System);
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
