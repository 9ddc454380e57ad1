using System.Buffers;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Refuses trusted origins that are ambiguous, unprotected or double, before the server starts.</summary>
/// <remarks>Messages name the setting and never hold a credential.</remarks>
public sealed class OutboundOptionsValidator(IHostEnvironment environment) : IValidateOptions<OutboundOptions>
{
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Accept", "Accept-Encoding", "Cookie", "Upgrade", "TE", "Trailer", "Expect", "Range",
    };

    private static readonly SearchValues<char> HeaderNameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    public ValidateOptionsResult Validate(string? name, OutboundOptions options)
    {
        var problems = new List<string>();
        var seen = new HashSet<Origin>();
        bool loopbackHttp = options.LoopbackHttp ?? environment.IsDevelopment();
        for (int i = 0; i < options.Origins.Count; i++)
        {
            OriginOptions entry = options.Origins[i];
            string setting = $"{OutboundOptions.Section}:Origins:{i}";
            if (!Origin.TryRead(entry.Origin, out var origin, out string path) || path != "/")
            {
                problems.Add($"{setting}:Origin must be scheme, host and port alone, such as https://pacs.hospital.org.");
                continue;
            }
            if (!seen.Add(origin))
                problems.Add($"{setting}:Origin stands twice.");
            if (origin.Scheme != Uri.UriSchemeHttps && !origin.IsLoopback)
                problems.Add($"{setting}:Origin must be https; http is for loopback addresses only.");
            else if (origin.Scheme != Uri.UriSchemeHttps && !loopbackHttp)
                problems.Add($"{setting}:Origin is http; loopback addresses may be asked without TLS only with {OutboundOptions.Section}:LoopbackHttp=true or in Development.");
            if (!entry.Internal && (origin.Host == "localhost" || (origin.TryAddress(out var address) && !NetworkAddress.IsPublic(address))))
                problems.Add($"{setting}:Origin is an internal address; set {setting}:Internal=true when that is meant.");
            if (entry.Uses.Count == 0)
                problems.Add($"{setting}:Uses must name at least one of {string.Join(", ", Enum.GetNames<OutboundUse>())}.");
            else if (!entry.Uses.TrueForAll(Enum.IsDefined))
                problems.Add($"{setting}:Uses names something unknown.");
            CheckCredential(entry, setting, problems);
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void CheckCredential(OriginOptions entry, string setting, List<string> problems)
    {
        int kinds = (entry.Bearer is null ? 0 : 1) + (entry.User is null && entry.Password is null ? 0 : 1) + (entry.Header is null && entry.HeaderValue is null ? 0 : 1);
        if (kinds > 1)
            problems.Add($"{setting} has more than one of Bearer, User with Password, Header with HeaderValue.");
        if ((entry.User is null) != (entry.Password is null))
            problems.Add($"{setting} needs User and Password together.");
        else if (entry.User?.Contains(':', StringComparison.Ordinal) == true)
            problems.Add($"{setting}:User must not hold a colon: Basic authentication ends the name there.");
        if ((entry.Header is null) != (entry.HeaderValue is null))
            problems.Add($"{setting} needs Header and HeaderValue together.");
        else if (entry.Header is { } header && (!IsToken(header) || OwnHeaders.Contains(header)))
            problems.Add($"{setting}:Header must be the name of a header that this server does not set itself.");
        foreach (string? value in (ReadOnlySpan<string?>)[entry.Bearer, entry.HeaderValue])
        {
            if (value is not null && (value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange(' ', '~')))
                problems.Add($"{setting} has a credential that is empty or holds a character that no header may hold.");
        }
    }

    private static bool IsToken(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(HeaderNameCharacters);
}
