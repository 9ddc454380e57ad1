using System.Text.Json.Serialization;

namespace MedAI.Fhir.Conformance.Smart;

/// <summary>The document of <c>.well-known/smart-configuration</c> (SMART App Launch 2.2, conformance.html).</summary>
internal sealed record SmartConfiguration
{
    [JsonPropertyName("issuer")]
    public string? Issuer { get; init; }

    [JsonPropertyName("jwks_uri")]
    public string? JwksUri { get; init; }

    [JsonPropertyName("authorization_endpoint")]
    public string? AuthorizationEndpoint { get; init; }

    [JsonPropertyName("token_endpoint")]
    public required string TokenEndpoint { get; init; }

    [JsonPropertyName("grant_types_supported")]
    public required IReadOnlyList<string> GrantTypes { get; init; }

    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> TokenEndpointAuthentication { get; init; } = ["private_key_jwt"];

    [JsonPropertyName("registration_endpoint")]
    public string? RegistrationEndpoint { get; init; }

    [JsonPropertyName("scopes_supported")]
    public IReadOnlyList<string>? Scopes { get; init; }

    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string>? ResponseTypes { get; init; }

    [JsonPropertyName("management_endpoint")]
    public string? ManagementEndpoint { get; init; }

    [JsonPropertyName("introspection_endpoint")]
    public string? IntrospectionEndpoint { get; init; }

    [JsonPropertyName("revocation_endpoint")]
    public string? RevocationEndpoint { get; init; }

    [JsonPropertyName("capabilities")]
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>S256 must be listed and plain must not.</summary>
    [JsonPropertyName("code_challenge_methods_supported")]
    public IReadOnlyList<string> CodeChallengeMethods { get; init; } = ["S256"];

    /// <summary>What is true of this server itself where access tokens open it: scopes of both versions, for one patient and for a user.</summary>
    private static readonly string[] Enforced = ["permission-patient", "permission-user", "permission-v1", "permission-v2"];

    /// <summary>Null where no token endpoint is configured.</summary>
    /// <param name="enforced">Scopes that mean something here; null where tokens with scopes are not taken.</param>
    public static SmartConfiguration? Of(SmartOptions options, IReadOnlyList<string>? enforced = null)
    {
        if (options.TokenEndpoint is not { } token)
            return null;
        bool launches = options.AuthorizationEndpoint is not null;
        return new SmartConfiguration
        {
            Issuer = options.Issuer,
            JwksUri = options.JwksUri,
            AuthorizationEndpoint = options.AuthorizationEndpoint,
            TokenEndpoint = token,
            GrantTypes = options.GrantTypes ?? (launches ? ["client_credentials", "authorization_code"] : ["client_credentials"]),
            RegistrationEndpoint = options.RegistrationEndpoint,
            Scopes = options.Scopes is { Length: > 0 } scopes ? scopes : enforced,
            ResponseTypes = launches ? ["code"] : null,
            ManagementEndpoint = options.ManagementEndpoint,
            IntrospectionEndpoint = options.IntrospectionEndpoint,
            RevocationEndpoint = options.RevocationEndpoint,
            Capabilities = [.. (options.Capabilities ?? ["client-confidential-asymmetric"]).Union(enforced is null ? [] : Enforced)],
        };
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SmartConfiguration))]
internal sealed partial class SmartJson : JsonSerializerContext;
