using Microsoft.Extensions.Options;

namespace MedAI.Fhir.WriteBack;

/// <summary>Adds the way of results to the hospital's FHIR server.</summary>
public static class WriteBackServices
{
    public static IServiceCollection AddWriteBack(this IServiceCollection services)
    {
        services.AddOptions<WriteBackOptions>().BindConfiguration(WriteBackOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<WriteBackOptions>, WriteBackOptionsValidator>();
        services.AddSingleton<ResultDeliveries>();
        services.AddSingleton<DeliveredForm>();
        services.AddSingleton<IResultCarrier, FhirCarrier>();
        services.AddHostedService<ResultDelivery>();
        return services;
    }
}
