using MedAI.Fhir.WriteBack;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.PubSub;

/// <summary>Adds Firely Server's PubSub: hearing of changes, and StorePlans.</summary>
public static class PubSubServices
{
    public static IServiceCollection AddPubSub(this IServiceCollection services)
    {
        services.AddOptions<PubSubOptions>().BindConfiguration(PubSubOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<PubSubOptions>, PubSubOptionsValidator>();
        services.AddSingleton<Broker>();
        services.AddSingleton<BackgroundScoring>();
        services.AddSingleton<IResultCarrier, StorePlanCarrier>();
        services.AddHostedService<ChangeListener>();
        return services;
    }
}
