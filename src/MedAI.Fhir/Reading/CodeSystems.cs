namespace MedAI.Fhir.Reading;

/// <summary>Code systems that the reader knows by name.</summary>
internal static class CodeSystems
{
    public const string Loinc = "http://loinc.org";
    public const string Snomed = "http://snomed.info/sct";
    public const string Ucum = "http://unitsofmeasure.org";
    public const string Hsloc = "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html";

    public static bool IsLoinc(ReadOnlySpan<byte> system) => system.SequenceEqual("http://loinc.org"u8);

    public static bool IsSnomed(ReadOnlySpan<byte> system) => system.SequenceEqual("http://snomed.info/sct"u8);

    public static bool IsUcum(ReadOnlySpan<byte> system) => system.SequenceEqual("http://unitsofmeasure.org"u8);

    /// <summary>The system's own URL and the two older names that senders still use for it.</summary>
    public static bool IsHsloc(ReadOnlySpan<byte> system) =>
        system.SequenceEqual("https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html"u8)
        || system.SequenceEqual("http://terminology.hl7.org/CodeSystem/hsloc"u8)
        || system.SequenceEqual("urn:oid:2.16.840.1.113883.6.259"u8);

    public static bool IsObservationCategory(ReadOnlySpan<byte> system) =>
        system.SequenceEqual("http://terminology.hl7.org/CodeSystem/observation-category"u8)
        || system.SequenceEqual("http://hl7.org/fhir/observation-category"u8);

    public static bool IsSpecimenType(ReadOnlySpan<byte> system) =>
        system.SequenceEqual("http://terminology.hl7.org/CodeSystem/v2-0487"u8)
        || system.SequenceEqual("http://hl7.org/fhir/v2/0487"u8);
}
