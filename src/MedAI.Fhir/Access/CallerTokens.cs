using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Smart;

namespace MedAI.Fhir.Access;

/// <summary>Everybody who can prove himself: the EHRs by their JWTs, FHIR clients by access tokens.</summary>
public sealed class CallerTokens(ClientTokens clients, SmartTokens smart)
{
    public ClientTokens Clients { get; } = clients;

    public SmartTokens Smart { get; } = smart;

    /// <summary>False while neither clients nor token issuers are configured: then nobody is asked, and the server listens on loopback alone.</summary>
    /// <remarks>With issuers alone the hook endpoints let nobody in: there is no EHR that could prove itself.</remarks>
    public bool AreRequired => Clients.AreConfigured || Smart.AreConfigured;
}
