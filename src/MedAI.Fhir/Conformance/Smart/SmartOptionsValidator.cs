using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Conformance.Smart;

/// <summary>Stops the start where the SMART configuration would break the rules of SMART App Launch 2.2 (conformance.html).</summary>
public sealed class SmartOptionsValidator : IValidateOptions<SmartOptions>
{
    public ValidateOptionsResult Validate(string? name, SmartOptions options)
    {
        var problems = new List<string>();
        foreach (var (member, value) in Addresses(options))
        {
            if (value is not null && !(Uri.TryCreate(value, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) && uri.UserInfo.Length == 0))
                problems.Add($"Smart:{member} must be an absolute https URL.");
        }
        if (options.TokenEndpoint is null && (Addresses(options).Any(a => a.Value is not null) || options.Scopes.Length > 0 || options.Capabilities is not null || options.GrantTypes is not null))
            problems.Add("Smart:TokenEndpoint is required where anything else of Smart is set.");
        var capabilities = options.Capabilities ?? [];
        if (options.Capabilities is { Length: 0 } || options.GrantTypes is { Length: 0 })
            problems.Add("Smart:Capabilities and Smart:GrantTypes must not be empty where they are set.");
        if (capabilities.Any(c => c is "launch-ehr" or "launch-standalone") && options.AuthorizationEndpoint is null)
            problems.Add("Smart:AuthorizationEndpoint is required with the capabilities launch-ehr and launch-standalone.");
        if (capabilities.Contains("sso-openid-connect") && (options.Issuer is null || options.JwksUri is null))
            problems.Add("Smart:Issuer and Smart:JwksUri are required with the capability sso-openid-connect.");
        return problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<(string Member, string? Value)> Addresses(SmartOptions options) =>
    [
        (nameof(options.TokenEndpoint), options.TokenEndpoint),
        (nameof(options.Issuer), options.Issuer),
        (nameof(options.JwksUri), options.JwksUri),
        (nameof(options.AuthorizationEndpoint), options.AuthorizationEndpoint),
        (nameof(options.IntrospectionEndpoint), options.IntrospectionEndpoint),
        (nameof(options.RevocationEndpoint), options.RevocationEndpoint),
        (nameof(options.ManagementEndpoint), options.ManagementEndpoint),
        (nameof(options.RegistrationEndpoint), options.RegistrationEndpoint),
    ];
}
