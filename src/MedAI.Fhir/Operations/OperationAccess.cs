using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Operations;

/// <summary>What of a caller's access only the inputs of an operation decide: rights that hang on an input, and whether everything handed over is about the caller's patient.</summary>
public sealed class OperationAccess(AccessDenials denials, PatientCompartment compartment)
{
    /// <summary>The answer to a caller who may not do this with these inputs; null where he may.</summary>
    public async ValueTask<IResult?> RefusalAsync(OperationDeclaration operation, OperationInputs inputs, HttpContext http)
    {
        if (RequestFacts.Of(http).Access is not { } access || operation.Access.IsOpen)
            return null;
        ScopeNeed[] asked = [.. operation.Access.Needs.Where(n => n.UnlessFalse is { } flag && inputs.Flag(flag) != false)];
        var reach = access.ReachOf(asked, systemOnly: operation.Access.SystemOnly);
        if (reach == Reach.None)
            return await denials.TooLittleScopeAsync(http, asked, null, operation.Access.SystemOnly);
        if (reach == Reach.Patient && access.Only is null)
        {
            access = access with { Only = access.Patient };
            http.Features.Set(RequestFacts.Of(http) with { Access = access });
        }
        return access.Only is { } only && inputs.All.Any(i => i.Type == "Resource" && IsOfAnother(i.Value, only)) ? await denials.OtherPatientAsync(http) : null;
    }

    /// <summary>True where a resource, or one in a Bundle, is another Patient or says that it is about one.</summary>
    /// <remarks>What says nothing, or speaks by urn of an entry, is left to the reader, which refuses data of more than one patient.</remarks>
    private bool IsOfAnother(JsonElement resource, PatientKey only)
    {
        var type = FhirJson.Member(resource, "resourceType"u8);
        if (FhirJson.Is(type, "Bundle"u8))
        {
            foreach (var entry in FhirJson.Items(FhirJson.Member(resource, "entry"u8)))
            {
                if (FhirJson.Member(entry, "resource"u8) is { ValueKind: JsonValueKind.Object } inner && IsOfAnother(inner, only, FhirJson.String(FhirJson.Member(entry, "fullUrl"u8))))
                    return true;
            }
            return false;
        }
        return IsOfAnother(resource, only, null);
    }

    private bool IsOfAnother(JsonElement resource, PatientKey only, string? fullUrl)
    {
        if (FhirJson.Is(FhirJson.Member(resource, "resourceType"u8), "Bundle"u8))
            return IsOfAnother(resource, only);
        if (FhirJson.Is(FhirJson.Member(resource, "resourceType"u8), "Patient"u8))
        {
            string? id = FhirJson.String(FhirJson.Member(resource, "id"u8));
            // Without an address the data are those of the patient whose id they give; they are read under the token's server.
            return id != only.Id || (fullUrl is not null && BodySubject.BaseOf(fullUrl, "Patient", only.Id) is { } fhirBase && fhirBase != only.FhirBase);
        }
        foreach (var name in (ReadOnlySpan<string>)["subject", "patient"])
        {
            if (resource.ValueKind == JsonValueKind.Object && resource.TryGetProperty(name, out var owner) && FhirJson.String(FhirJson.Member(owner, "reference"u8)) is { } reference
                && NamesPatient(reference) && !IsOwn(reference, only))
                return true;
        }
        return false;
    }

    private static bool NamesPatient(string reference) => reference.StartsWith("Patient/", StringComparison.Ordinal) || reference.Contains("/Patient/", StringComparison.Ordinal) || reference.StartsWith("Group/", StringComparison.Ordinal);

    private bool IsOwn(string reference, PatientKey only) =>
        compartment.Means(reference, only) || reference == "Patient/" + only.Id || reference.StartsWith($"Patient/{only.Id}/_history/", StringComparison.Ordinal);
}
