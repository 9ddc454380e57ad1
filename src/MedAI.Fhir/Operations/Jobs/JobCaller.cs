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
public sealed record JobCaller(string RequestId, DateTimeOffset Started, string Client, string? User, string Tenant, JobClient? Identity, JobAccess? Access)
{
    public static JobCaller Of(RequestFacts facts) => new(facts.Id, facts.Started, facts.Client, facts.User, facts.Tenant,
        facts.Caller is { } caller ? new JobClient(caller.Name, caller.Tenant, caller.MayReadFeedback, caller.MayReadAudit) : null,
        facts.Access is { } access ? new JobAccess(access.Tenant, access.Scopes.ToString(), access.Patient, access.Only, access.MayReadAudit) : null);

    public RequestFacts ToFacts() => new(RequestId, Started)
    {
        Client = Client,
        User = User,
        Tenant = Tenant,
        // Origins and launch URL are for hooks: no operation reads them.
        Caller = Identity is { } caller
            ? new ClientIdentity(caller.Name, caller.Tenant, caller.MayReadFeedback, new HashSet<Fhir.Access.Outbound.Origin>(), null) { MayReadAudit = caller.MayReadAudit }
            : null,
        Access = Access is { } access ? new FhirAccess(access.Tenant, SmartScopes.Parse(access.Scopes), access.Patient) { Only = access.Only, MayReadAudit = access.MayReadAudit } : null,
    };

    /// <summary>Whose a job is; to everybody else it does not exist. Two users of one app, and two patients of one user, do not see each other's.</summary>
    public static string OwnerOf(RequestFacts facts) => PartsKey.Of("job", facts.Client, facts.Tenant, facts.User ?? "", facts.Access?.Patient?.Reference ?? "");
}

/// <param name="Name">Name of the client.</param>
public sealed record JobClient(string Name, string Tenant, bool MayReadFeedback, bool MayReadAudit);

/// <param name="Scopes">As they are written in a token.</param>
/// <param name="Only">The one patient that the request was about.</param>
public sealed record JobAccess(string Tenant, string Scopes, PatientKey? Patient, PatientKey? Only, bool MayReadAudit);
