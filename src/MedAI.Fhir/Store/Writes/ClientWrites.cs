using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Store.Writes;

/// <summary>Decides and stores what clients write: the resource, what it is found by and the audit row in one transaction.</summary>
/// <remarks>
/// A decision is made on what the store holds at that moment; the writer writes only if that is still so, else it is decided anew. So nobody is written over who came in between, and of
/// many that create the same one does. Thread safe.
/// </remarks>
public sealed class ClientWrites(IResourceStore store, PatientCompartment compartment, PublicAddress address, IdSource ids, TimeProvider time)
{
    /// <summary>How often a write is decided on. Each time in vain somebody else was written.</summary>
    internal const int MostAttempts = 64;

    /// <summary>Decides and writes one.</summary>
    public async ValueTask<(WriteAnswer? Answer, Failure? Failure)> WriteAsync(WriteAsk ask, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            var (plan, failure) = await DecideAsync(ask, cancellationToken);
            if (plan is null)
                return (null, failure);
            var (prepared, refusal) = await PrepareAsync(plan, WrittenReferences.Alone(address.FhirBase), cancellationToken);
            if (prepared is null)
                return (null, refusal);
            if (await CommitAsync([prepared], StoreExpectationOf([plan]), cancellationToken))
                return (prepared.Answer, null);
            // The row was not written either; whatever comes of the next attempt writes its own.
            ask.Facts.IsAudited = false;
        }
        return (null, new Failure(FailureCode.EditConflict));
    }

    /// <summary>What is to be done, as the store is now.</summary>
    public async ValueTask<(WritePlan? Plan, Failure? Failure)> DecideAsync(WriteAsk ask, CancellationToken cancellationToken)
    {
        if (ask.Kind == WriteKind.Create)
            return await DecideCreateAsync(ask, cancellationToken);
        string id = ask.Id!;
        var stored = await store.ReadAsync(ask.Type, id, null, cancellationToken);
        bool visible = stored is null || AccessScope.Of(ask.Facts, address.FhirBase).Holds(stored.Tenant, stored.Patient);
        // What the caller may not see is as unknown as what is not there; but the id is taken.
        var current = visible ? stored : null;
        if (!visible && ask.Kind == WriteKind.Update)
            return (null, new Failure(FailureCode.NotFound, "Nothing can be stored under this id. A POST lets the server choose one.", $"{ask.Type}.id"));
        if (current is not null && ResourceCheck.IsAuthored(current))
            return (null, new Failure(FailureCode.AuthoredHere, "It is the work of a model of this server."));
        if (ask.IfMatch is { } condition && !condition.Allows(current))
            return (null, new Failure(FailureCode.PreconditionFailed, "The current version is another one, or there is none.", "http.If-Match"));
        if (ask.OnlyNew && current is { Deleted: false })
            return (null, new Failure(FailureCode.PreconditionFailed, "There is such a resource already.", "http.If-None-Match"));
        if (current is { Tenant: null } && ask.Facts.OnlyTenant is not null)
            return (null, new Failure(FailureCode.Forbidden, "It is shared by all tenants, and none of them changes it."));
        bool begins = current is null or { Deleted: true };
        if (ask.Kind == WriteKind.Update && begins && ask.Facts.Access is { } access && access.ReachOf(new ScopeNeed(ask.Type, "c")) != Reach.Tenant)
            return (null, new Failure(FailureCode.Forbidden, $"To store a {ask.Type} under an id of one's own choice the token's scopes must give {ask.Type}.cu for more than one patient."));
        return (new WritePlan(ask, id, current) { Version = visible ? new ExpectedVersion(ask.Type, id, stored?.Version ?? 0) : null }, null);
    }

    private async ValueTask<(WritePlan? Plan, Failure? Failure)> DecideCreateAsync(WriteAsk ask, CancellationToken cancellationToken)
    {
        string id = ids.NewId();
        if (ask.IfNoneExist is not { } query)
            return (new WritePlan(ask, id, null), null);
        var found = (await store.SearchAsync(query, cancellationToken)).Matches;
        if (found.Count > 1)
            return (null, new Failure(FailureCode.PreconditionFailed, "Several resources fit already.", "http.If-None-Exist"));
        return (new WritePlan(ask, id, null) { Existing = found.Count == 1 ? found[0] : null, Matches = new ExpectedMatches(query, [.. found.Select(f => f.Id)]) }, null);
    }

    /// <summary>Makes of a plan what is written and answered.</summary>
    /// <param name="references">What references mean.</param>
    internal async ValueTask<(PreparedWrite? Write, Failure? Failure)> PrepareAsync(WritePlan plan, WrittenReferences references, CancellationToken cancellationToken)
    {
        var ask = plan.Ask;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        if (plan.Existing is { } existing)
            return (Prepared(ask, null, [RowOf(ask, existing, StatusCodes.Status200OK, "read")], new WriteAnswer(StatusCodes.Status200OK, existing.Type, existing.Id, existing.Version, existing.LastUpdated, existing)), null);
        if (ask.Kind == WriteKind.Delete)
            return (PrepareDelete(plan, now), null);

        int version = (plan.Current?.Version ?? 0) + 1;
        byte[] json = ResourceMeta.Place(ask.Resource, plan.Id, version, now, references.Of);
        if (references.Failure(ask.Type) is { } unresolved)
            return (null, unresolved);
        using var document = JsonDocument.Parse(json);
        var written = new StoredResource(ask.Type, plan.Id, version, now, json) { Tenant = plan.Current is { } kept ? kept.Tenant : ask.Facts.Tenant, Patient = SearchValueReader.PatientOf(ask.Type, plan.Id, json) };
        if (ask.Facts.Access?.Only is { } only && (ResourceEndpoints.NobodysTypes.Contains(ask.Type) || !await compartment.HoldsAsync(written, only, cancellationToken)))
            return (null, new Failure(FailureCode.Forbidden, "The token is restricted to one patient, and the resource is not that patient's."));
        int status = plan.Begins ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        // An update that changes nothing makes no version.
        if (plan.Current is { Deleted: false } current && IsSame(current, document.RootElement))
            return (Prepared(ask, null, [RowOf(ask, current, status, "written")], new WriteAnswer(status, ask.Type, plan.Id, current.Version, current.LastUpdated, current)), null);

        var write = new ResourceWrite(ask.Type, plan.Id, json, now, BundleImport.PatientOf(document.RootElement, ask.Type, plan.Id)) { KeepsTenant = plan.Current is not null };
        List<AuditRow> rows = [RowOf(ask, written, status, "written")];
        // Whoever it was about before learns of it, too.
        if (plan.Current is { Deleted: false } before && RowOf(ask, before, status, "written") is { Patient: { } former } row && former != rows[0].Patient)
            rows.Add(row with { ResultVersion = version });
        return (Prepared(ask, write, rows, new WriteAnswer(status, ask.Type, plan.Id, version, now, written)), null);
    }

    /// <summary>Writes all of them or none; false where something changed since they were decided on.</summary>
    internal async ValueTask<bool> CommitAsync(IReadOnlyList<PreparedWrite> writes, StoreExpectation expected, CancellationToken cancellationToken)
    {
        AuditRow[] rows = [.. writes.SelectMany(w => w.Rows)];
        var receipt = await store.CommitAsync(new StoreTransaction
        {
            Resources = [.. writes.Select(w => w.Write).OfType<ResourceWrite>()],
            Tenant = writes[0].Tenant,
            Audit = rows[0],
            MoreAudit = rows[1..],
            Expected = expected,
        }, cancellationToken);
        return !receipt.IsOutdated;
    }

    internal static StoreExpectation StoreExpectationOf(IReadOnlyList<WritePlan> plans) => new()
    {
        Versions = [.. plans.Select(p => p.Version).OfType<ExpectedVersion>()],
        Matches = [.. plans.Select(p => p.Matches).OfType<ExpectedMatches>()],
    };

    private PreparedWrite PrepareDelete(WritePlan plan, DateTimeOffset now)
    {
        var ask = plan.Ask;
        // Nothing there, or no more: what was wanted is so (R4, http.html 3.1.0.7.1).
        if (plan.Current is not { Deleted: false } current)
        {
            var row = AuditRow.Of(ask.Facts, ids, time, "delete:" + ask.Type) with { Outcome = "written", ResultType = ask.Type, ResultId = plan.Id, Status = StatusCodes.Status204NoContent };
            return Prepared(ask, null, [row], new WriteAnswer(StatusCodes.Status204NoContent, ask.Type, plan.Id, plan.Current?.Version ?? 0, now, null));
        }
        int version = current.Version + 1;
        using var document = JsonDocument.Parse(current.Json);
        // The last word on whose it was: without it nobody could tell who may know that it was deleted.
        byte[] json = ResourceMeta.Stamp(document.RootElement, version, now);
        var write = new ResourceWrite(ask.Type, plan.Id, json, now, BundleImport.PatientOf(document.RootElement, ask.Type, plan.Id)) { Deleted = true, KeepsTenant = true };
        return Prepared(ask, write, [RowOf(ask, current with { Version = version }, StatusCodes.Status204NoContent, "written")], new WriteAnswer(StatusCodes.Status204NoContent, ask.Type, plan.Id, version, now, null));
    }

    private static PreparedWrite Prepared(WriteAsk ask, ResourceWrite? write, IReadOnlyList<AuditRow> rows, WriteAnswer answer) => new(write, rows, answer) { Tenant = ask.Facts.Tenant };

    private AuditRow RowOf(WriteAsk ask, StoredResource about, int status, string outcome) =>
        AuditRow.Of(ask.Facts, ids, time, $"{(ask.Kind == WriteKind.Create ? "create" : ask.Kind == WriteKind.Update ? "update" : "delete")}:{ask.Type}") with
        {
            Outcome = outcome,
            Patient = ReadAudit.KeyOf(about, ask.Facts, address.FhirBase),
            ResultType = about.Type,
            ResultId = about.Id,
            ResultVersion = about.Version,
            Status = status,
        };

    private static bool IsSame(StoredResource current, JsonElement next)
    {
        using var old = JsonDocument.Parse(current.Json);
        return ResourceMeta.Stamp(old.RootElement, 1, current.LastUpdated).AsSpan().SequenceEqual(ResourceMeta.Stamp(next, 1, current.LastUpdated));
    }
}

/// <summary>What is handed to the store for one plan, and what the client is told when it is there.</summary>
/// <param name="Write">Null where nothing changes.</param>
/// <param name="Rows">At least one.</param>
internal sealed record PreparedWrite(ResourceWrite? Write, IReadOnlyList<AuditRow> Rows, WriteAnswer Answer)
{
    /// <summary>Whose what is new will be.</summary>
    public required string Tenant { get; init; }
}
