using System.Text.RegularExpressions;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Conformance.Smart;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Refuses token issuers that could not be told apart or whose keys cannot be used, before the server starts.</summary>
internal sealed partial class SmartAccessOptionsValidator(IOptions<OutboundOptions> outbound, IOptions<ClientsOptions> clients, IOptions<SmartOptions> published) : IValidateOptions<SmartAccessOptions>
{
    public ValidateOptionsResult Validate(string? name, SmartAccessOptions options)
    {
        var problems = new List<string>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        // An issuer says by which rules a token is judged; a client's tokens are judged by others.
        var issuers = clients.Value.Trusted.Select(c => c.Issuer).ToHashSet(StringComparer.Ordinal);
        for (int i = 0; i < options.Issuers.Count; i++)
        {
            var issuer = options.Issuers[i];
            string setting = $"{SmartAccessOptions.Section}:Issuers:{i}";
            if (!Name().IsMatch(issuer.Name) || !names.Add(issuer.Name))
                problems.Add($"{setting}:Name must be a name of its own of 1 to 64 letters, digits, dots and hyphens.");
            if (!Uri.TryCreate(issuer.Issuer, UriKind.Absolute, out _) || !issuers.Add(issuer.Issuer))
                problems.Add($"{setting}:Issuer must be a URI of its own, exactly as in the iss of its tokens, and not that of a client.");
            if (issuer.Audience is not null && string.IsNullOrWhiteSpace(issuer.Audience))
                problems.Add($"{setting}:Audience must not be empty.");
            foreach (string algorithm in issuer.Algorithms.Where(a => !SmartIssuer.KnownAlgorithms.Contains(a)))
                problems.Add($"{setting}:Algorithms holds \"{algorithm}\"; allowed are {string.Join(", ", SmartIssuer.KnownAlgorithms.Order(StringComparer.Ordinal))}.");
            if (issuer.Tenant is not null && !Tenant().IsMatch(issuer.Tenant))
                problems.Add($"{setting}:Tenant must be a client's name, with a slash and a tenant of it where one is meant.");
            if (issuer.Tenants.Any(string.IsNullOrWhiteSpace) || issuer.Auditors.Any(string.IsNullOrWhiteSpace))
                problems.Add($"{setting}:Tenants and Auditors must not hold empty names.");
            if (issuer.PatientFhirBase is { } patients && !(Origin.TryRead(patients, out _, out _) && !patients.EndsWith('/')))
                problems.Add($"{setting}:PatientFhirBase must be an absolute URL without a slash at its end.");
            if (string.IsNullOrEmpty(issuer.JwksFile) == issuer.JwksUrl is null)
                problems.Add($"{setting} needs a JwksFile or a JwksUrl, and not both.");
            if (issuer.JwksUrl is not null && !(Origin.TryRead(issuer.JwksUrl, out var keyServer, out _) && outbound.Value.Trusts(keyServer, OutboundUse.Jwks)))
                problems.Add($"{setting}:JwksUrl must be an address on an origin that {OutboundOptions.Section}:Origins trusts for {OutboundUse.Jwks}.");
            if (!string.IsNullOrEmpty(issuer.JwksFile) && PublicKeys.ReadFile(issuer.JwksFile, out string? keys) is null)
                problems.Add($"{setting}:JwksFile {keys}.");
        }
        if (options.Issuers.Count == 0 && published.Value.Capabilities?.Any(c => c.StartsWith("permission-", StringComparison.Ordinal)) == true)
            problems.Add($"{SmartAccessOptions.Section}:Capabilities must not promise permissions where no {SmartAccessOptions.Section}:Issuers are configured: no scope is enforced then.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    [GeneratedRegex(@"^[A-Za-z0-9.\-]{1,64}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z0-9.\-]{1,64}(/[^/\s]{1,256})?\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Tenant();
}
