using System.Text.Json;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Sources;

/// <summary>Groups of patients that our own store holds.</summary>
public sealed class StoredGroupSource(IResourceStore store)
{
    /// <summary>The Group as it was when the request came: a run that goes on after a restart has the same members in the same order.</summary>
    /// <returns>To be disposed by the caller; null when the store does not know it or the caller may not see it.</returns>
    public async ValueTask<JsonDocument?> FindAsync(string groupId, RequestFacts request, CancellationToken cancellationToken)
    {
        var found = await store.ReadAsync("Group", groupId, null, cancellationToken);
        while (found is { Version: > 1 } && found.LastUpdated > request.Started)
            found = await store.ReadAsync("Group", groupId, found.Version - 1, cancellationToken);
        return found is { Deleted: false } && request.MaySee(found.Tenant) ? JsonDocument.Parse(found.Json) : null;
    }
}
