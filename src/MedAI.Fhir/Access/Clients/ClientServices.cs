using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Adds the trust in clients to the server.</summary>
public static class ClientServices
{
    public static IServiceCollection AddClients(this IServiceCollection services)
    {
        services.AddOptions<ClientsOptions>().BindConfiguration(ClientsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<ClientsOptions>, ClientsOptionsValidator>();
        services.AddOptions<RedisOptions>().BindConfiguration(RedisOptions.Section);
        services.AddSingleton<TokenMemory>();
        services.AddSingleton<ITokenMemory>(provider => string.IsNullOrWhiteSpace(provider.GetRequiredService<IOptions<RedisOptions>>().Value.Configuration)
            ? provider.GetRequiredService<TokenMemory>()
            : ActivatorUtilities.CreateInstance<RedisTokenMemory>(provider));
        services.AddSingleton<ClientTokens>();
        services.AddSingleton<ClientFilter>();
        return services;
    }
}
