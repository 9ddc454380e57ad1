namespace MedAI.Fhir.Limits;

/// <summary>Adds the limits of requests to the server.</summary>
public static class LimitsServices
{
    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddOptions<LimitsOptions>().BindConfiguration(LimitsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
