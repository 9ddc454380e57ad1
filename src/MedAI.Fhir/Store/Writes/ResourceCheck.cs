using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Store.Writes;

/// <summary>Whether a resource of a client may be stored: it is R4, and does not say of itself what only this server says.</summary>
/// <remarks>Texts repeat nothing of the resource. Thread safe.</remarks>
internal static partial class ResourceCheck
{
    /// <summary>Values of one resource. A study of two thousand images has about twenty thousand.</summary>
    private const int MostValues = 50_000;

    /// <summary>Problems told of one resource.</summary>
    private const int MostIssues = 20;

    /// <summary>Code of the label "Artificial Intelligence asserted"; of whatever system, so that nobody is misled by a near miss.</summary>
    private const string AssertedByAI = "AIAST";

    private const string OurProfiles = CanonicalUrls.Base + "/StructureDefinition/";

    private static readonly BaseFhirJsonDeserializer Strict = new(ModelInfo.ModelInspector, new DeserializerSettings().UsingMode(DeserializationMode.Strict));

    /// <summary>Why it cannot be stored; null when it can.</summary>
    public static Failure? Refusal(JsonElement resource, string type)
    {
        if (ValueCount.Exceeds(resource, MostValues))
            return new Failure(FailureCode.TooManyResources, $"A resource of at most {MostValues} values is kept here.", type);
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(resource), new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        IEnumerable<CodedException> faults;
        try
        {
            Strict.TryDeserializeResource(ref reader, out _, out faults);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or FormatException or JsonException)
        {
            // Firely's parser throws on some shapes that FHIR does not know; the message may quote the resource.
            return new Failure(FailureCode.InvalidResource, "The body is not a resource of FHIR 4.0.", type);
        }
        List<FailureIssue> issues = [.. faults.Take(MostIssues).Select(f => new FailureIssue(Text(f), Place(f, type)))];
        if (issues.Count == 0)
            issues.AddRange(Claims(resource).Select(place => new FailureIssue("Only what this server's models wrote carries this label or profile.", $"{type}.{place}")));
        return issues.Count == 0 ? null : new Failure(FailureCode.InvalidResource, issues);
    }

    /// <summary>Whether a stored resource is the work of this server: only that carries its label and profiles.</summary>
    public static bool IsAuthored(StoredResource stored)
    {
        if (!ResourceEndpoints.DemoTypes.Contains(stored.Type))
            return true;
        using var document = JsonDocument.Parse(stored.Json);
        return Claims(document.RootElement).Any();
    }

    /// <summary>Places at which a resource says that it is the work of a model of this server.</summary>
    private static IEnumerable<string> Claims(JsonElement resource)
    {
        var meta = FhirJson.Member(resource, "meta"u8);
        foreach (var profile in FhirJson.Items(FhirJson.Member(meta, "profile"u8)))
        {
            if (FhirJson.String(profile)?.StartsWith(OurProfiles, StringComparison.OrdinalIgnoreCase) == true)
                yield return "meta.profile";
        }
        foreach (var label in FhirJson.Items(FhirJson.Member(meta, "security"u8)))
        {
            if (string.Equals(FhirJson.String(FhirJson.Member(label, "code"u8)), AssertedByAI, StringComparison.OrdinalIgnoreCase))
                yield return "meta.security";
        }
    }

    private static string Text(CodedException fault) => $"{Meaning(fault.ErrorCode)} ({fault.ErrorCode}).";

    /// <summary>The parser's own words quote values.</summary>
    private static string Meaning(string code) => code switch
    {
        "PVAL101" => "The element does not take a value of this type",
        "PVAL102" or "PVAL105" => "An element that is required is missing",
        "PVAL103" or "PVAL127" => "The element may stand once",
        "PVAL114" or "PVAL115" => "The narrative is not the XHTML that FHIR allows",
        "PVAL116" => "The code is not one that the element takes",
        "PVAL128" or "PVAL131" or "JSON118" => "The element has no place in the resource",
        "PVAL129" => "The element is empty",
        "PVAL130" or "PVAL132" => "This resource type is not one of FHIR 4.0",
        _ => "The element is not what FHIR 4.0 allows here",
    };

    /// <summary>FHIRPath of the fault, as far as it is made of names and numbers: a name that is not known is a client's text.</summary>
    private static string Place(CodedException fault, string type) =>
        fault is ExtendedCodedException { InstancePath: { Length: > 0 } path } && PathForm().IsMatch(path) ? path : type;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]{0,63}(\[\d{1,6}\])?(\.[A-Za-z][A-Za-z0-9]{0,63}(\[\d{1,6}\])?){0,30}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex PathForm();
}
