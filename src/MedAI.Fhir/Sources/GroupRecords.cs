using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Sources;

/// <summary>Finds a Group that is named by id alone: in our own store, else on the hospital's FHIR server.</summary>
public sealed class GroupRecords(IResourceStore store, UpstreamSource upstream, PublicAddress address)
{
    /// <returns>The Group with the base of the server that its relative references are of, or why there is none.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async ValueTask<(FoundGroup? Group, Failure? Failure)> FindAsync(string groupId, RequestFacts request, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync("Group", groupId, null, cancellationToken) is { Deleted: false } own && request.MaySee(own.Tenant))
        {
            using var document = JsonDocument.Parse(own.Json);
            return (new FoundGroup(document.RootElement.Clone(), address.FhirBase, IsOwn: true), null);
        }
        if (!FhirId.IsValid(groupId) || upstream.Patient(request.Tenant, groupId) is not { FhirBase: var there })
            return (null, new Failure(FailureCode.NotFound, "This server holds no such Group."));
        var (group, failure) = await upstream.FindGroupAsync(request.Tenant, groupId, cancellationToken);
        return group is { } found ? (new FoundGroup(found, there, IsOwn: false), null) : (null, failure);
    }
}

/// <param name="Group">Needs no disposal.</param>
/// <param name="FhirBase">Base of its server, without a trailing slash.</param>
/// <param name="IsOwn">True where that server is this one.</param>
public sealed record FoundGroup(JsonElement Group, string FhirBase, bool IsOwn);
