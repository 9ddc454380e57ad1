namespace MedAI.Fhir.Access.Smart;

/// <summary>One authorization server whose access tokens open the FHIR endpoints.</summary>
public sealed class SmartIssuerOptions
{
    /// <summary>Short name for audit and logs; letters, digits, dot, hyphen.</summary>
    public string Name { get; set; } = "";

    /// <summary><c>iss</c> of its tokens, exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>What <c>aud</c> of its tokens must hold. Default: our FHIR base under <c>MedAI:PublicOrigin</c>.</summary>
    public string? Audience { get; set; }

    /// <summary>File with its public keys as a JWK Set. Read at the start. Default none: the keys are fetched from <see cref="JwksUrl"/>.</summary>
    public string? JwksFile { get; set; }

    /// <summary>Address of its public keys; its origin must be trusted for Jwks in <c>Outbound:Origins</c>. Default none.</summary>
    public string? JwksUrl { get; set; }

    /// <summary>Signature algorithms, of RS256, RS384, ES256 and ES384. Default all four.</summary>
    public List<string> Algorithms { get; set; } = [];

    /// <summary>Whose results its tokens reach: the name of a client of <c>Clients:Trusted</c>, or one of its own. Default: <see cref="Name"/>.</summary>
    public string? Tenant { get; set; }

    /// <summary>Values of <c>tenant</c> that its tokens may name, as for a client. Default none.</summary>
    public List<string> Tenants { get; set; } = [];

    /// <summary>Base URL of the FHIR server whose patients the claim <c>patient</c> means. Default: ours.</summary>
    public string? PatientFhirBase { get; set; }

    /// <summary>Values of <c>client_id</c> of the applications that may read the audit trail and the inference log, where their scopes allow it too. Default none.</summary>
    public List<string> Auditors { get; set; } = [];
}
