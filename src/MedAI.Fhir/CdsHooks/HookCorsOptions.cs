using MedAI.Fhir.Access.Outbound;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Browser-based clients that may call the hook endpoints; section <c>Cors</c>.</summary>
public sealed class HookCorsOptions
{
    public const string Section = "Cors";

    /// <summary>Name of the policy.</summary>
    internal const string Policy = "cds-hooks";

    /// <summary>Origins, for instance <c>https://ehr.hospital.org</c>; never a wildcard. Default none: browsers of other origins are turned away.</summary>
    public List<string> Origins { get; set; } = [];

    /// <summary>What a preflight is told. No credentials: the token travels in a header that the client sets.</summary>
    internal static void Apply(CorsOptions cors, IOptions<HookCorsOptions> options) => cors.AddPolicy(Policy, policy => policy
        .WithOrigins([.. options.Value.Origins.Select(o => o.TrimEnd('/'))])
        .WithMethods(HttpMethods.Get, HttpMethods.Post)
        .WithHeaders("authorization", "content-type")
        .WithExposedHeaders(Requests.RequestFacts.Header)
        .SetPreflightMaxAge(TimeSpan.FromMinutes(10)));
}

/// <summary>Origins are scheme, host and port and nothing else.</summary>
internal sealed class HookCorsOptionsValidator : IValidateOptions<HookCorsOptions>
{
    public ValidateOptionsResult Validate(string? name, HookCorsOptions options)
    {
        foreach (string text in options.Origins)
        {
            if (!Origin.IsAlone(text))
                return ValidateOptionsResult.Fail($"Cors:Origins holds \"{text}\", which is no origin like https://ehr.hospital.org (scheme, host and port; no path, no wildcard).");
        }
        return ValidateOptionsResult.Success;
    }
}
