using MedAI.Models.Packages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MedAI.Models;

/// <summary>Registers the models.</summary>
public static class MedAIModelsServices
{
    /// <summary>Adds the catalog, empty: the host loads it with <see cref="ModelCatalog.LoadAsync(CancellationToken)"/> and is not ready before that ended.</summary>
    public static IServiceCollection AddMedAIModels(this IServiceCollection services, Func<IServiceProvider, ModelCatalogOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new ModelCatalog(options(provider), provider.GetRequiredService<TimeProvider>(), provider.GetService<ILoggerFactory>()));
        services.TryAddSingleton<IModelCatalog>(provider => provider.GetRequiredService<ModelCatalog>());
        return services;
    }
}
