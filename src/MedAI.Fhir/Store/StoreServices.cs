using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Jobs;
using MedAI.Fhir.Store.Postgres;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Store;

/// <summary>Adds the store to the server: the embedded one, or PostgreSQL where a connection string is given.</summary>
public static class StoreServices
{
    /// <summary>One store for the whole server, opened before the first request is taken and drained after the last.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services)
    {
        services.AddOptions<StoreOptions>().BindConfiguration(StoreOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>();
        services.AddSingleton<StoredTypes>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => SqliteResourceStore.Open(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteResourceStore>>(),
            provider.GetService<RequestLoad>()));
        services.AddSingleton(provider => PostgresResourceStore.Open(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PostgresResourceStore>>(),
            provider.GetService<RequestLoad>()));
        // Only the one that is chosen is ever opened.
        services.AddSingleton<SqlResourceStore>(provider => string.IsNullOrWhiteSpace(provider.GetRequiredService<IOptions<StoreOptions>>().Value.ConnectionString)
            ? provider.GetRequiredService<SqliteResourceStore>()
            : provider.GetRequiredService<PostgresResourceStore>());
        services.AddSingleton<IResourceStore>(provider => provider.GetRequiredService<SqlResourceStore>());
        services.AddSingleton<IAuditTrail>(provider => provider.GetRequiredService<SqlResourceStore>());
        services.AddSingleton<IJobRows>(provider => provider.GetRequiredService<SqlResourceStore>());
        services.AddHostedService<StoreStart>();
        return services;
    }

    /// <summary>A store that cannot be used stops the start, instead of failing the first request.</summary>
    private sealed class StoreStart(IServiceProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            provider.GetRequiredService<IResourceStore>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
