using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>The caller of a job as it is kept: the job is run with exactly the rights that its request had.</summary>
/// <remarks>
/// Whatever <see cref="RequestFacts"/>, <see cref="ClientIdentity"/> and <see cref="FhirAccess"/> say about rights must be in here; a test compares the members, because a
/// restriction that is forgotten here is a restriction that <c>Prefer: respond-async</c> lifts.
/// </remarks>
public sealed record JobCaller(string RequestId, DateTimeOffset Started, string Client, string Tenant, string? User, JobClient? Identity, JobAccess? Access)
{
    public static JobCaller Of(RequestFacts facts) => new(facts.Id, facts.Started, facts.Client, facts.Tenant, facts.User,
        facts.Caller is { } caller ? new JobClient(caller.Name, caller.Tenant, caller.MayReadFeedback, caller.MayReadAudit) : null,
        facts.Access is { } access ? new JobAccess(access.Tenant, access.Scopes.All, access.Patient, access.Only, access.MayReadAudit) : null);

    public RequestFacts ToFacts() => new(RequestId, Started)
    {
        Client = Client,
        Tenant = Tenant,
        User = User,
        // Origins and launch URL are for hooks: no operation reads them.
        Caller = Identity is { } caller
            ? new ClientIdentity(caller.Name, caller.Tenant, caller.MayReadFeedback, new HashSet<Access.Outbound.Origin>(), null) { MayReadAudit = caller.MayReadAudit }
            : null,
        Access = Access is { } access
            ? new FhirAccess(access.Tenant, SmartScopes.Of(access.Scopes), access.Patient) { Only = access.Only, MayReadAudit = access.MayReadAudit }
            : null,
    };

    /// <summary>Whose a job is: client, tenant, user and the patient of the token. To everybody else it does not exist.</summary>
    public static string OwnerOf(RequestFacts facts) => PartsKey.Of("job", facts.Client, facts.Tenant, facts.User, facts.Access?.Patient?.Reference);
}

/// <param name="Name">Name of the client.</param>
public sealed record JobClient(string Name, string Tenant, bool MayReadFeedback, bool MayReadAudit);

/// <param name="Scopes">Those of the token.</param>
/// <param name="Patient">The patient that the token names.</param>
/// <param name="Only">The patient that the request is restricted to.</param>
public sealed record JobAccess(string Tenant, IReadOnlyList<SmartScope> Scopes, PatientKey? Patient, PatientKey? Only, bool MayReadAudit);
