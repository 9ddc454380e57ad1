using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Adds the way out to the server.</summary>
public static class OutboundServices
{
    public static IServiceCollection AddOutbound(this IServiceCollection services)
    {
        services.AddOptions<OutboundOptions>().BindConfiguration(OutboundOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>();
        services.AddSingleton<HostResolver>();
        services.AddSingleton<OutboundGuard>();
        return services;
    }
}
