using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Operations;

/// <summary>Finds out whom the data in an operation's body is about.</summary>
/// <remarks>
/// Data in a body has no <c>fhirServer</c>: the Patient entry's absolute fullUrl names its server. Without one, the patient belongs
/// to the request body alone (<see cref="NoServer"/>) and is referred to by identifier, never by a dangling local reference.
/// </remarks>
public static class BodySubject
{
    /// <summary>Base of references in a body that does not say which server it came from.</summary>
    public const string NoServer = "urn:medai:request-body";

    /// <summary>The one Patient in the documents.</summary>
    public static (PatientKey? Patient, Failure? Failure) Find(IReadOnlyList<ClinicalDocument> documents, string tenant)
    {
        PatientKey? found = null;
        foreach (var document in documents)
        {
            foreach (var (resource, fullUrl) in Resources(document.Root))
            {
                if (!resource.TryGetProperty("resourceType", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("Patient"))
                    continue;
                if (!resource.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.String || id.GetString() is not { Length: > 0 } patientId)
                    return (null, new Failure(FailureCode.PatientMissing, "The Patient in data needs an id.", "Patient.id"));
                var key = new PatientKey(tenant, BaseOf(fullUrl, "Patient", patientId) ?? NoServer, patientId);
                if (found is not null && found.Id != key.Id)
                    return (null, new Failure(FailureCode.ForeignSubject, "data holds more than one Patient; a risk is assessed for one."));
                found = found is null || found.FhirBase == NoServer ? key : found;
            }
        }
        return found is null
            ? (null, new Failure(FailureCode.PatientMissing, "data must hold the Patient resource.", "Parameters.parameter.where(name='data')"))
            : (found, null);
    }

    /// <summary>Base URL of the server under which an absolute URL names a resource; null for anything else.</summary>
    internal static string? BaseOf(string? fullUrl, string type, string id)
    {
        string tail = $"/{type}/{id}";
        return fullUrl is not null && fullUrl.EndsWith(tail, StringComparison.Ordinal)
            && Uri.TryCreate(fullUrl, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? fullUrl[..^tail.Length]
            : null;
    }

    private static IEnumerable<(JsonElement Resource, string? FullUrl)> Resources(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            yield break;
        if (root.TryGetProperty("resourceType", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("Bundle"))
        {
            if (!root.TryGetProperty("entry", out var entries) || entries.ValueKind != JsonValueKind.Array)
                yield break;
            foreach (var entry in entries.EnumerateArray())
            {
                if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("resource", out var resource) && resource.ValueKind == JsonValueKind.Object)
                    yield return (resource, entry.TryGetProperty("fullUrl", out var url) && url.ValueKind == JsonValueKind.String ? url.GetString() : null);
            }
        }
        else
        {
            yield return (root, null);
        }
    }
}
