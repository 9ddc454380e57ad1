using System.Globalization;
using System.Text.Json;

namespace MedAI.Testing.Icu2012;

/// <summary>Writes one Observation as JSON.</summary>
internal sealed record ObservationText
{
    public required string Id { get; init; }

    public string Status { get; init; } = "final";

    public required string Category { get; init; }

    public required string Patient { get; init; }

    public required string Encounter { get; init; }

    public required DateTimeOffset Effective { get; init; }

    public DateTimeOffset? Issued { get; init; }

    /// <summary>Code of the whole; without parts also the coding of the value.</summary>
    public required string Loinc { get; init; }

    public StatedValue? Value { get; init; }

    public IReadOnlyList<(string Loinc, StatedValue Value)> Components { get; init; } = [];

    /// <summary>SNOMED CT code of the method.</summary>
    public string? Method { get; init; }

    public string? AbsentReason { get; init; }

    /// <summary>Words instead of a number, for coded findings.</summary>
    public string? Words { get; init; }

    public FhirResource Resource() => new("Observation", Id, Category, Effective, BundleText.Write(Write));

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Observation");
        writer.WriteString("id", Id);
        writer.WriteString("status", Status);
        writer.WriteStartArray("category");
        Concept(writer, "http://terminology.hl7.org/CodeSystem/observation-category", Category);
        writer.WriteEndArray();
        writer.WritePropertyName("code");
        Concept(writer, "http://loinc.org", Loinc);
        Reference(writer, "subject", Patient);
        Reference(writer, "encounter", Encounter);
        writer.WriteString("effectiveDateTime", StayToFhir.Instant(Effective));
        writer.WriteString("issued", StayToFhir.Instant(Issued ?? Effective));
        if (Value is { } value)
            Quantity(writer, value);
        if (Words is not null)
        {
            writer.WriteStartObject("valueCodeableConcept");
            writer.WriteString("text", Words);
            writer.WriteEndObject();
        }
        if (AbsentReason is not null)
        {
            writer.WritePropertyName("dataAbsentReason");
            Concept(writer, "http://terminology.hl7.org/CodeSystem/data-absent-reason", AbsentReason);
        }
        if (Method is not null)
        {
            writer.WritePropertyName("method");
            Concept(writer, "http://snomed.info/sct", Method);
        }
        if (Components.Count > 0)
        {
            writer.WriteStartArray("component");
            foreach (var (loinc, part) in Components)
            {
                writer.WriteStartObject();
                writer.WritePropertyName("code");
                Concept(writer, "http://loinc.org", loinc);
                Quantity(writer, part);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    internal static void Concept(Utf8JsonWriter writer, string system, string code)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("coding");
        writer.WriteStartObject();
        writer.WriteString("system", system);
        writer.WriteString("code", code);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static void Reference(Utf8JsonWriter writer, string member, string reference)
    {
        writer.WriteStartObject(member);
        writer.WriteString("reference", reference);
        writer.WriteEndObject();
    }

    private static void Quantity(Utf8JsonWriter writer, StatedValue value)
    {
        writer.WriteStartObject("valueQuantity");
        writer.WritePropertyName("value");
        writer.WriteRawValue(value.Number, skipInputValidation: true);
        writer.WriteString("unit", value.Ucum);
        writer.WriteString("system", "http://unitsofmeasure.org");
        writer.WriteString("code", value.Ucum);
        writer.WriteEndObject();
    }
}

/// <summary>A number as text with its unit, so that the digits are ours to choose.</summary>
internal readonly record struct StatedValue(string Number, string Ucum)
{
    /// <summary>As the file has it.</summary>
    public static StatedValue Exact(double value, string ucum) => new(value.ToString("R", CultureInfo.InvariantCulture), ucum);

    /// <summary>Twelve significant digits: enough that six survive the way back.</summary>
    public static StatedValue In(LegalCoding coding, double value) =>
        coding is { Factor: 1, Offset: 0 } ? Exact(value, coding.Ucum) : new(coding.Stated(value).ToString("G12", CultureInfo.InvariantCulture), coding.Ucum);
}
