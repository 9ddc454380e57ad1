using MedAI.Fhir.Store.Jobs;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Store;

/// <summary>Adds the embedded store to the server.</summary>
public static class StoreServices
{
    /// <summary>One store for the whole server, opened before the first request is taken and drained after the last.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services)
    {
        services.AddOptions<StoreOptions>().BindConfiguration(StoreOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => SqliteResourceStore.Open(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteResourceStore>>()));
        services.AddSingleton<IResourceStore>(provider => provider.GetRequiredService<SqliteResourceStore>());
        services.AddSingleton<IAuditTrail>(provider => provider.GetRequiredService<SqliteResourceStore>());
        services.AddSingleton<IJobRows>(provider => provider.GetRequiredService<SqliteResourceStore>());
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
