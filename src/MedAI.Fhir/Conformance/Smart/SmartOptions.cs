namespace MedAI.Fhir.Conformance.Smart;

/// <summary>Where clients of the FHIR endpoints get their tokens; section <c>Smart</c>. What stands here is published and must be true of the hospital's authorization server.</summary>
public sealed class SmartOptions
{
    public const string Section = "Smart";

    /// <summary>Absolute URL where tokens are given. Default none: then there is no SMART configuration.</summary>
    public string? TokenEndpoint { get; set; }

    /// <summary>The issuer; needed for <c>sso-openid-connect</c>, with <see cref="JwksUri"/>.</summary>
    public string? Issuer { get; set; }

    public string? JwksUri { get; set; }

    /// <summary>Needed for the capabilities <c>launch-ehr</c> and <c>launch-standalone</c>.</summary>
    public string? AuthorizationEndpoint { get; set; }

    public string? IntrospectionEndpoint { get; set; }

    public string? RevocationEndpoint { get; set; }

    public string? ManagementEndpoint { get; set; }

    public string? RegistrationEndpoint { get; set; }

    /// <summary>Default: client_credentials, and authorization_code where there is an <see cref="AuthorizationEndpoint"/>.</summary>
    public string[]? GrantTypes { get; set; }

    /// <summary>Default: client-confidential-asymmetric. Where issuers of access tokens are configured (<c>Smart:Issuers</c>) what this server enforces is added: permission-v1, -v2, -patient, -user.</summary>
    public string[]? Capabilities { get; set; }

    /// <summary>Scopes that a client may ask for. Default: where issuers are configured the scopes that mean something here, else none.</summary>
    public string[] Scopes { get; set; } = [];
}
