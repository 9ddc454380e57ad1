using MedAI.Fhir.Access.Outbound;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Sources.Upstream;

/// <summary>Refuses an upstream FHIR server that could not be asked, before the server starts.</summary>
/// <remarks>Messages name the setting and never hold a key.</remarks>
public sealed class UpstreamOptionsValidator(IOptions<OutboundOptions> outbound) : IValidateOptions<UpstreamOptions>
{
    public ValidateOptionsResult Validate(string? name, UpstreamOptions options)
    {
        var problems = new List<string>();
        if (options.BaseUrl is null)
        {
            if (!string.IsNullOrEmpty(options.ClientId) || !string.IsNullOrEmpty(options.TokenEndpoint))
                problems.Add($"{UpstreamOptions.Section}:Base is missing.");
            return Result();
        }
        if (!IsTrusted(options.Base, OutboundUse.Fhir, out string path))
            problems.Add($"{UpstreamOptions.Section}:Base must be a URL on an origin that {OutboundOptions.Section}:Origins trusts for {OutboundUse.Fhir}.");
        else if (path.AsSpan().IndexOfAny('?', '#') >= 0)
            problems.Add($"{UpstreamOptions.Section}:Base must have neither query nor fragment.");
        if (options.Tenants.Exists(string.IsNullOrWhiteSpace))
            problems.Add($"{UpstreamOptions.Section}:Tenants holds an empty name.");
        CheckRegistration(options, problems);
        return Result();

        ValidateOptionsResult Result() => problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private void CheckRegistration(UpstreamOptions options, List<string> problems)
    {
        bool hasClient = !string.IsNullOrEmpty(options.ClientId);
        if (hasClient != !string.IsNullOrEmpty(options.KeyFile) || hasClient != !string.IsNullOrEmpty(options.KeyId))
        {
            problems.Add($"{UpstreamOptions.Section} needs ClientId, KeyFile and KeyId together.");
            return;
        }
        if (!hasClient)
        {
            if (!string.IsNullOrEmpty(options.TokenEndpoint))
                problems.Add($"{UpstreamOptions.Section}:TokenEndpoint is of no use without {UpstreamOptions.Section}:ClientId.");
            return;
        }
        if (BackendKey.TryRead(options, out string? problem) is null)
            problems.Add($"{UpstreamOptions.Section}:KeyFile {problem}.");
        if (!string.IsNullOrEmpty(options.TokenEndpoint) && !IsTrusted(options.TokenEndpoint, OutboundUse.Token, out _))
            problems.Add($"{UpstreamOptions.Section}:TokenEndpoint must be a URL on an origin that {OutboundOptions.Section}:Origins trusts for {OutboundUse.Token}.");
        if (string.IsNullOrWhiteSpace(options.Scope))
            problems.Add($"{UpstreamOptions.Section}:Scope is empty.");
    }

    private bool IsTrusted(string? address, OutboundUse use, out string path) =>
        Origin.TryRead(address, out var origin, out path) && outbound.Value.Trusts(origin, use);
}
