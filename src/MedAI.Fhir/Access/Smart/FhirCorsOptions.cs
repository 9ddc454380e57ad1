using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Browser-based clients (SMART apps) that may call the FHIR endpoints; section <c>Cors</c>.</summary>
/// <remarks>Apart from those that may call hooks: an EHR's page that fires hooks has no business in the records.</remarks>
public sealed class FhirCorsOptions
{
    public const string Section = "Cors";

    /// <summary>Name of the policy.</summary>
    internal const string Policy = "fhir";

    /// <summary>Origins, for instance <c>https://app.hospital.org</c>; never a wildcard. Default none: browsers of other origins are turned away.</summary>
    public List<string> FhirOrigins { get; set; } = [];

    /// <summary>What a preflight is told. No credentials: the access token travels in a header that the client sets.</summary>
    internal static void Apply(CorsOptions cors, IOptions<FhirCorsOptions> options) => cors.AddPolicy(Policy, policy => policy
        .WithOrigins([.. options.Value.FhirOrigins.Select(o => o.TrimEnd('/'))])
        .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete)
        .WithHeaders("accept", "authorization", "content-type", "if-match", "if-modified-since", "if-none-exist", "if-none-match", "prefer", Requests.RequestFacts.Header)
        // What FHIR tells in headers; a script sees no others.
        .WithExposedHeaders("Content-Location", "ETag", "Expires", "Last-Modified", "Location", "Retry-After", "WWW-Authenticate", "X-Progress", Requests.RequestFacts.Header)
        .SetPreflightMaxAge(TimeSpan.FromMinutes(10)));
}

/// <summary>Origins are scheme, host and port and nothing else.</summary>
internal sealed class FhirCorsOptionsValidator : IValidateOptions<FhirCorsOptions>
{
    public ValidateOptionsResult Validate(string? name, FhirCorsOptions options) =>
        options.FhirOrigins.Find(text => !Outbound.Origin.IsAlone(text)) is { } wrong
            ? ValidateOptionsResult.Fail($"{FhirCorsOptions.Section}:{nameof(FhirCorsOptions.FhirOrigins)} holds \"{wrong}\", which is no origin like https://app.hospital.org (scheme, host and port; no path, no wildcard).")
            : ValidateOptionsResult.Success;
}
