using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Sources.Upstream;

/// <summary>Adds the hospital's FHIR server as a source.</summary>
public static class UpstreamServices
{
    public static IServiceCollection AddUpstream(this IServiceCollection services)
    {
        services.AddOptions<UpstreamOptions>().BindConfiguration(UpstreamOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<UpstreamOptions>, UpstreamOptionsValidator>();
        services.AddSingleton<BackendTokens>();
        services.AddSingleton<UpstreamSource>();
        return services;
    }
}
