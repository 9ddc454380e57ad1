using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Conformance.Smart;

/// <summary><c>GET .well-known/smart-configuration</c>: where tokens for this server are given. JSON whatever is accepted, for anybody.</summary>
public static class SmartEndpoints
{
    public const string Path = "/.well-known/smart-configuration";

    public static void MapSmartConfiguration(this RouteGroupBuilder fhir) =>
        fhir.MapGet(Path, (HttpContext http, IOptions<SmartOptions> options) => SmartConfiguration.Of(options.Value) is { } configuration
            ? Results.Json(configuration, SmartJson.Default.SmartConfiguration, "application/json")
            : http.Fail(new Failure(FailureCode.NotFound, "No authorization server is configured: clients prove themselves as CDS Hooks describes, or are not asked.")));

    public static IServiceCollection AddSmart(this IServiceCollection services)
    {
        services.AddOptions<SmartOptions>().BindConfiguration(SmartOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SmartOptions>, SmartOptionsValidator>();
        return services;
    }
}
