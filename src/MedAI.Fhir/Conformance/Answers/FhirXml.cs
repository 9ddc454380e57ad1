using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>FHIR R4 resources as XML, to and from the JSON that everything here works with.</summary>
/// <remarks>
/// Through Firely's POCOs, because only they know the order of elements and which member is an attribute. Values that are wrong (an odd date, an unknown code) pass through as
/// they are, because the readers behind report them by place; what has no place in the resource is refused, because it would be lost and with it maybe a value of the patient.
/// Thread safe.
/// </remarks>
public static class FhirXml
{
    /// <summary>Faults by which no content is lost.</summary>
    private static readonly HashSet<string> Harmless =
    [
        "XML109", // order of elements
        "XML126", // blanks around a string
        "PVAL102", "PVAL105", // something required is missing, which its reader says in its own words
        "PVAL114", "PVAL115", // narrative, which nothing reads
        "PVAL116", "PVAL119", "PVAL120", "PVAL123", "PVAL124", "PVAL125", "PVAL126", // values that are not of their type
        "PVAL129", // empty elements
    ];

    private static readonly BaseFhirXmlDeserializer FromXml = new(ModelInfo.ModelInspector, new DeserializerSettings().UsingMode(DeserializationMode.Strict));
    private static readonly BaseFhirJsonDeserializer FromJson = new(ModelInfo.ModelInspector, new DeserializerSettings().UsingMode(DeserializationMode.Ostrich));
    private static readonly BaseFhirXmlSerializer ToXmlWriter = new(ModelInfo.ModelInspector);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <param name="json">UTF-8 JSON of one resource.</param>
    /// <param name="pretty">Indented, for people.</param>
    /// <exception cref="JsonException">It is not a resource.</exception>
    public static byte[] FromResource(ReadOnlyMemory<byte> json, bool pretty)
    {
        var reader = new Utf8JsonReader(json.Span);
        if (!FromJson.TryDeserializeResource(ref reader, out var resource, out _) || resource is null)
            throw new JsonException("What was to be written as XML is not a resource.");
        var buffer = new MemoryStream(json.Length);
        using (var writer = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = Utf8, Indent = pretty, NewLineChars = "\n" }))
            ToXmlWriter.Serialize(resource, writer);
        return buffer.ToArray();
    }

    /// <summary>Reads a resource from outside.</summary>
    /// <param name="json">The same resource as UTF-8 JSON.</param>
    /// <param name="failure">What is wrong and where, without content.</param>
    public static bool TryRead(ReadOnlyMemory<byte> xml, [NotNullWhen(true)] out byte[]? json, [NotNullWhen(false)] out Failure? failure)
    {
        json = null;
        failure = XmlInput.Examine(xml);
        if (failure is not null)
            return false;
        try
        {
            using var reader = XmlInput.Open(xml);
            FromXml.TryDeserializeResource(reader, out var resource, out var faults);
            failure = Refusal(faults);
            if (failure is null && resource is not null)
                json = FhirJson.ToUtf8(resource);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or FormatException or XmlException or JsonException)
        {
            // Firely's parser throws on some shapes that FHIR does not know, two values of one choice for instance; the message may quote the document.
            failure = new Failure(FailureCode.MalformedXml, "The body is not a resource of FHIR 4.0.");
        }
        failure ??= json is null ? new Failure(FailureCode.MalformedXml, "The body is not a resource of FHIR 4.0.") : null;
        return failure is null;
    }

    private static Failure? Refusal(IEnumerable<CodedException> faults)
    {
        List<FailureIssue> issues = [.. faults.Where(f => !Harmless.Contains(f.ErrorCode)).Take(20).Select(f => new FailureIssue(Text(f)))];
        return issues.Count == 0 ? null : new Failure(FailureCode.MalformedXml, issues);
    }

    private static string Text(CodedException fault) => fault is ExtendedCodedException { LineNumber: > 0 } place
        ? string.Create(CultureInfo.InvariantCulture, $"{Meaning(fault.ErrorCode)} ({fault.ErrorCode}); line {place.LineNumber}, position {place.Position}.")
        : $"{Meaning(fault.ErrorCode)} ({fault.ErrorCode}).";

    private static string Meaning(string code) => code switch
    {
        "PVAL130" or "PVAL132" => "This resource type is not one of FHIR 4.0",
        "PVAL101" => "The element does not take a value of this type",
        "PVAL103" or "PVAL127" => "The element may stand once",
        "PVAL128" or "PVAL131" => "An element or attribute has no place in the resource",
        "XML101" or "XML112" or "XML114" => "An element or attribute is of another namespace than FHIR's",
        _ => "The body is not FHIR XML",
    };
}
