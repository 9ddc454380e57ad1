using System.Text.Json;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Sources;

/// <summary>ImagingStudies of our own store, with the Patient and the Endpoints that they name.</summary>
public sealed class StoredStudySource(IResourceStore store)
{
    /// <summary>The study, or null when the store does not know it.</summary>
    /// <param name="facts">Who asks: another tenant's study is as unknown as none.</param>
    public async ValueTask<StoredStudy?> FindAsync(string studyId, RequestFacts facts, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync("ImagingStudy", studyId, null, cancellationToken) is not { Deleted: false } resource || !facts.MaySee(resource.Tenant))
            return null;
        var owners = new List<JsonDocument> { JsonDocument.Parse(resource.Json) };
        var study = owners[0].RootElement;
        JsonElement? patient = null;
        if (LocalReference.Id(FhirJson.Member(study, "subject"u8), "Patient") is { } id && await store.ReadAsync("Patient", id, null, cancellationToken) is { Deleted: false } found && facts.MaySee(found.Tenant))
        {
            owners.Add(JsonDocument.Parse(found.Json));
            patient = owners[^1].RootElement;
        }
        var endpoints = new List<EndpointResource>();
        foreach (string endpoint in EndpointIds(study))
        {
            if (await store.ReadAsync("Endpoint", endpoint, null, cancellationToken) is not { Deleted: false } place || !facts.MaySee(place.Tenant))
                continue;
            owners.Add(JsonDocument.Parse(place.Json));
            endpoints.Add(new EndpointResource(owners[^1].RootElement));
        }
        return new StoredStudy(study, patient, endpoints, owners);
    }

    /// <summary>A Patient of our own store; a copy that needs no disposal.</summary>
    public async ValueTask<JsonElement?> FindPatientAsync(string id, RequestFacts facts, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync("Patient", id, null, cancellationToken) is not { Deleted: false } resource || !facts.MaySee(resource.Tenant))
            return null;
        using var document = JsonDocument.Parse(resource.Json);
        return document.RootElement.Clone();
    }

    /// <summary>Ids of the Endpoints that a study and its series name by relative references.</summary>
    internal static HashSet<string> EndpointIds(JsonElement study, string? ownBase = null)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        Add(study);
        foreach (var series in FhirJson.Items(FhirJson.Member(study, "series"u8)))
            Add(series);
        return ids;

        void Add(JsonElement parent)
        {
            foreach (var endpoint in FhirJson.Items(FhirJson.Member(parent, "endpoint"u8)))
            {
                if (LocalReference.Id(endpoint, "Endpoint", ownBase) is { } id)
                    ids.Add(id);
            }
        }
    }
}

/// <summary>A study with what it refers to; valid until disposal.</summary>
/// <param name="owners">Whatever the resources point into.</param>
public sealed class StoredStudy(JsonElement imagingStudy, JsonElement? patient, IReadOnlyList<EndpointResource> endpoints, IReadOnlyList<IDisposable> owners) : IDisposable
{
    public JsonElement ImagingStudy { get; } = imagingStudy;

    public JsonElement? Patient { get; } = patient;

    public IReadOnlyList<EndpointResource> Endpoints { get; } = endpoints;

    public void Dispose()
    {
        foreach (var owner in owners)
            owner.Dispose();
    }
}
