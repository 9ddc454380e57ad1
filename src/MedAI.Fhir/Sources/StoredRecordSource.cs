using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Sources;

/// <summary>Clinical data of a patient that our own store holds.</summary>
public sealed class StoredRecordSource(IResourceStore store)
{
    /// <summary>The patient's whole record as one document, or null when the store does not know the patient.</summary>
    /// <returns>The document; its JSON lives until the returned owner is disposed.</returns>
    /// <param name="tenant">Whose data may be used; null: everybody's.</param>
    public async ValueTask<(JsonDocument Owner, ClinicalDocument Document)?> FindAsync(string patientId, CancellationToken cancellationToken, string? tenant = null)
    {
        var record = await store.ReadPatientRecordAsync(patientId, cancellationToken);
        if (tenant is not null)
            record = [.. record.Where(r => r.Tenant is null || r.Tenant == tenant)];
        if (!record.Any(r => r.Type == "Patient" && r.Id == patientId && !r.Deleted))
            return null;
        var joined = new ArrayBufferWriter<byte>(record.Sum(r => r.Json.Length + 1) + 2);
        joined.Write("["u8);
        bool first = true;
        foreach (var resource in record)
        {
            if (resource.Deleted)
                continue;
            if (!first)
                joined.Write(","u8);
            first = false;
            joined.Write(resource.Json.Span);
        }
        joined.Write("]"u8);
        var owner = JsonDocument.Parse(joined.WrittenMemory);
        return (owner, new ClinicalDocument("store", owner.RootElement));
    }
}
