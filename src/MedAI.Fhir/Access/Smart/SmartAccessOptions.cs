namespace MedAI.Fhir.Access.Smart;

/// <summary>Whose access tokens open the FHIR endpoints; section <c>Smart</c>. Clock skew, longest life of a token and the times of fetched keys are those of section <c>Clients</c>.</summary>
public sealed class SmartAccessOptions
{
    public const string Section = "Smart";

    /// <summary>The authorization servers. Default none: then only the JWTs of EHRs open the FHIR endpoints, or nobody is asked.</summary>
    public List<SmartIssuerOptions> Issuers { get; set; } = [];
}
