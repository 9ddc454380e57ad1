using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>The caller of a job as it is kept: the job is run with exactly the rights that its request had.</summary>
/// <remarks>
/// Whatever <see cref="RequestFacts"/> and <see cref="ClientIdentity"/> say about rights must be in here; a test compares the members, because a restriction that is
/// forgotten here is a restriction that <c>Prefer: respond-async</c> lifts.
/// </remarks>
public sealed record JobCaller(string RequestId, DateTimeOffset Started, string Client, string Tenant, JobClient? Identity)
{
    public static JobCaller Of(RequestFacts facts) =>
        new(facts.Id, facts.Started, facts.Client, facts.Tenant, facts.Caller is { } caller ? new JobClient(caller.Name, caller.Tenant, caller.MayReadFeedback) : null);

    public RequestFacts ToFacts() => new(RequestId, Started)
    {
        Client = Client,
        Tenant = Tenant,
        // Origins and launch URL are for hooks: no operation reads them.
        Caller = Identity is { } caller ? new ClientIdentity(caller.Name, caller.Tenant, caller.MayReadFeedback, new HashSet<Access.Outbound.Origin>(), null) : null,
    };

    /// <summary>Whose a job is; to everybody else it does not exist.</summary>
    public static string OwnerOf(RequestFacts facts) => PartsKey.Of("job", facts.Client, facts.Tenant);
}

/// <param name="Name">Name of the client.</param>
public sealed record JobClient(string Name, string Tenant, bool MayReadFeedback);
