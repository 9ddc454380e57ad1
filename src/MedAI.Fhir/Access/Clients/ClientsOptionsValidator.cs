using System.Text.RegularExpressions;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Requests;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Refuses clients that could not be told apart or whose keys cannot be used, before the server starts.</summary>
internal sealed partial class ClientsOptionsValidator(IOptions<OutboundOptions> outbound) : IValidateOptions<ClientsOptions>
{
    public ValidateOptionsResult Validate(string? name, ClientsOptions options)
    {
        var problems = new List<string>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var issuers = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < options.Trusted.Count; i++)
        {
            var client = options.Trusted[i];
            string setting = $"{ClientsOptions.Section}:Trusted:{i}";
            if (!Name().IsMatch(client.Name) || !names.Add(client.Name))
                problems.Add($"{setting}:Name must be a name of its own of 1 to 64 letters, digits, dots and hyphens.");
            else if (ReservedClients.All.Contains(client.Name))
                problems.Add($"{setting}:Name is \"{client.Name}\", by which the audit trail means nobody's client.");
            if (!Uri.TryCreate(client.Issuer, UriKind.Absolute, out _) || !issuers.Add(client.Issuer))
                problems.Add($"{setting}:Issuer must be a URI of its own, exactly as in the iss of the client's tokens.");
            foreach (string algorithm in client.Algorithms.Where(a => !PublicKeys.Algorithms.Contains(a)))
                problems.Add($"{setting}:Algorithms holds \"{algorithm}\"; allowed are {string.Join(", ", PublicKeys.Algorithms.Order(StringComparer.Ordinal))}.");
            if (client.Tenants.Any(string.IsNullOrWhiteSpace))
                problems.Add($"{setting}:Tenants holds an empty name.");
            if (client.SmartLaunchUrl is not null && !(Origin.TryRead(client.SmartLaunchUrl, out var launch, out _) && (launch.Scheme == Uri.UriSchemeHttps || launch.IsLoopback)))
                problems.Add($"{setting}:SmartLaunchUrl must be an absolute https URL.");
            if (string.IsNullOrEmpty(client.JwksFile) && client.JwksUrl is null)
                problems.Add($"{setting} needs a JwksFile or a JwksUrl.");
            if (client.JwksUrl is not null && (!Origin.TryRead(client.JwksUrl, out var keyServer, out _) || !outbound.Value.Trusts(keyServer, OutboundUse.Jwks)))
                problems.Add($"{setting}:JwksUrl must be an address on an origin that {OutboundOptions.Section}:Origins trusts for {OutboundUse.Jwks}.");
            bool servers = true;
            foreach (string server in client.FhirOrigins)
            {
                if (!Origin.TryRead(server, out var origin, out string path) || path != "/" || !outbound.Value.Trusts(origin, OutboundUse.Fhir))
                {
                    problems.Add($"{setting}:FhirOrigins must hold scheme, host and port alone of origins that {OutboundOptions.Section}:Origins trusts for {OutboundUse.Fhir}.");
                    servers = false;
                }
            }
            if (servers && TrustedClient.TryRead(client, out string? keys) is null)
                problems.Add($"{setting}:JwksFile {keys}.");
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    [GeneratedRegex(@"^[A-Za-z0-9.\-]{1,64}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Name();
}
