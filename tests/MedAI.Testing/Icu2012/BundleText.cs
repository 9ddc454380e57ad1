using System.Buffers;
using System.Text.Json;

namespace MedAI.Testing.Icu2012;

/// <summary>Puts resources together to the documents that a server is sent.</summary>
internal static class BundleText
{
    public const string Base = "https://ehr.example.org/fhir";

    public static byte[] Collection(IReadOnlyList<FhirResource> resources) => Write(writer => Bundle(writer, "collection", resources));

    public static byte[] Parameters(FhirStay stay, bool persist) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Parameters");
        writer.WriteStartArray("parameter");
        Parameter(writer, "model", "valueString", "icu-mortality");
        Parameter(writer, "asOf", "valueDateTime", StayToFhir.Instant(stay.AsOf));
        writer.WriteStartObject();
        writer.WriteString("name", "persist");
        writer.WriteBoolean("valueBoolean", persist);
        writer.WriteEndObject();
        writer.WriteStartObject();
        writer.WriteString("name", "data");
        writer.WritePropertyName("resource");
        Bundle(writer, "collection", stay.Resources);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public static IReadOnlyDictionary<string, byte[]> Prefetch(FhirStay stay) => new Dictionary<string, byte[]>
    {
        ["patient"] = stay.Resources.Single(r => r.Type == "Patient").Json,
        ["encounter"] = Searchset(stay.Resources.Where(r => r.Type == "Encounter")),
        ["locations"] = Searchset(stay.Resources.Where(r => r.Type == "Location")),
        ["observations-vital-signs"] = Searchset(Observations(stay, "vital-signs")),
        ["observations-laboratory"] = Searchset(Observations(stay, "laboratory")),
        ["observations-codes"] = Searchset(Observations(stay, "exam", "therapy")),
        ["procedures"] = Searchset(stay.Resources.Where(r => r.Type == "Procedure")),
    };

    public static byte[] PatientView(FhirStay stay, string hookInstance) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("hook", "patient-view");
        writer.WriteString("hookInstance", hookInstance);
        writer.WriteStartObject("context");
        writer.WriteString("userId", "Practitioner/test-clinician");
        writer.WriteString("patientId", stay.PatientId);
        writer.WriteString("encounterId", stay.EncounterId);
        writer.WriteEndObject();
        writer.WriteStartObject("prefetch");
        foreach (var (key, value) in stay.Prefetch())
        {
            writer.WritePropertyName(key);
            writer.WriteRawValue(value, skipInputValidation: true);
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private static IEnumerable<FhirResource> Observations(FhirStay stay, params string[] categories) =>
        stay.Resources.Where(r => r.Type == "Observation" && categories.Contains(r.Category)).OrderByDescending(r => r.Time);

    private static byte[] Searchset(IEnumerable<FhirResource> matches) => Write(writer => Bundle(writer, "searchset", [.. matches]));

    private static void Bundle(Utf8JsonWriter writer, string type, IReadOnlyList<FhirResource> resources)
    {
        bool search = type == "searchset";
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", type);
        if (search)
            writer.WriteNumber("total", resources.Count);
        if (resources.Count > 0)
        {
            writer.WriteStartArray("entry");
            foreach (var resource in resources)
                Entry(writer, resource, search);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void Entry(Utf8JsonWriter writer, FhirResource resource, bool search)
    {
        writer.WriteStartObject();
        writer.WriteString("fullUrl", $"{Base}/{resource.Type}/{resource.Id}");
        writer.WritePropertyName("resource");
        writer.WriteRawValue(resource.Json, skipInputValidation: true);
        if (search)
        {
            writer.WriteStartObject("search");
            writer.WriteString("mode", "match");
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void Parameter(Utf8JsonWriter writer, string name, string member, string value)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString(member, value);
        writer.WriteEndObject();
    }
}
