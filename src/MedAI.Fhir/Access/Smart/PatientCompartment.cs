using System.Text.Json;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Whether a stored resource belongs to one patient, as its own references say.</summary>
/// <remarks>
/// A Binary belongs to whom its securityContext names, a Provenance to whom its targets belong, everything else to its subject or patient. Two servers may both have a
/// Patient/123: only a reference under the patient's own FHIR base counts. What names nobody belongs to nobody, except what describes models and places and is shared.
/// </remarks>
public sealed class PatientCompartment(IResourceStore store, PublicAddress address)
{
    /// <summary>A target's target and no farther.</summary>
    private const int Deepest = 2;

    /// <summary>Types that need not be about a patient. A model's Device and card are for everybody.</summary>
    private static readonly string[] Shared = ["Device", "DocumentReference", "Location", "Endpoint"];

    private static readonly string[] Owners = ["subject", "patient", "securityContext", "target"];

    /// <summary>References, as they stand in resources, that mean the patient.</summary>
    public IReadOnlyList<string> ReferencesTo(PatientKey patient) =>
        AccessScope.ReferencesTo(patient, address.FhirBase);

    /// <summary>True when there is such a resource and it is the patient's.</summary>
    public async ValueTask<bool> HoldsAsync(string type, string id, int? version, PatientKey patient, CancellationToken cancellationToken, int depth = 0)
    {
        if (type == "Patient")
            return patient.FhirBase == address.FhirBase && id == patient.Id;
        return await store.ReadAsync(type, id, version, cancellationToken) is { } resource && await HoldsAsync(resource, patient, cancellationToken, depth);
    }

    /// <summary>True when the resource is the patient's.</summary>
    public async ValueTask<bool> HoldsAsync(StoredResource resource, PatientKey patient, CancellationToken cancellationToken, int depth = 0)
    {
        if (resource.Tenant is not null && resource.Tenant != patient.Tenant)
            return false;
        if (resource.Type == "Patient")
            return patient.FhirBase == address.FhirBase && resource.Id == patient.Id;
        List<string?> references = [];
        using (var document = JsonDocument.Parse(resource.Json))
        {
            foreach (string owner in Owners)
            {
                if (!document.RootElement.TryGetProperty(owner, out var value))
                    continue;
                if (value.ValueKind == JsonValueKind.Array)
                    references.AddRange(value.EnumerateArray().Select(Text));
                else
                    references.Add(Text(value));
            }
        }
        if (references.Count == 0)
            return depth == 0 && Shared.Contains(resource.Type);
        foreach (string? reference in references)
        {
            if (reference is null || !await MeansAsync(reference, patient, depth, cancellationToken))
                return false;
        }
        return true;

        static string? Text(JsonElement reference) => FhirJson.String(FhirJson.Member(reference, "reference"u8));
    }

    /// <summary>True when a reference means the patient.</summary>
    public bool Means(string reference, PatientKey patient) => ReferencesTo(patient).Contains(WithoutVersion(reference), StringComparer.Ordinal);

    /// <summary>True when a reference means the patient, or a resource of ours that is the patient's.</summary>
    private async ValueTask<bool> MeansAsync(string reference, PatientKey patient, int depth, CancellationToken cancellationToken)
    {
        if (Means(reference, patient))
            return true;
        string local = reference.StartsWith(address.FhirBase + "/", StringComparison.Ordinal) ? reference[(address.FhirBase.Length + 1)..] : reference;
        return depth < Deepest && WithoutVersion(local).Split('/') is [var type, var id] && type != "Patient" && await HoldsAsync(type, id, null, patient, cancellationToken, depth + 1);
    }

    private static string WithoutVersion(string reference) => reference.IndexOf("/_history/", StringComparison.Ordinal) is >= 0 and var at ? reference[..at] : reference;
}
