using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Adds the trust in access tokens, and who may reach what with them.</summary>
public static class SmartServices
{
    public static IServiceCollection AddSmartAccess(this IServiceCollection services)
    {
        services.AddOptions<SmartAccessOptions>().BindConfiguration(SmartAccessOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SmartAccessOptions>, SmartAccessOptionsValidator>();
        services.AddOptions<FhirCorsOptions>().BindConfiguration(FhirCorsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FhirCorsOptions>, FhirCorsOptionsValidator>();
        services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<IOptions<FhirCorsOptions>>(FhirCorsOptions.Apply);
        services.AddSingleton<SmartTokens>();
        services.AddSingleton<CallerTokens>();
        services.AddSingleton<TokenRefusals>();
        services.AddSingleton<AccessDenials>();
        services.AddSingleton<PatientCompartment>();
        services.AddSingleton<FhirAccessFilter>();
        return services;
    }
}
