using Microsoft.Extensions.Options;

namespace MedAI.Fhir;

/// <summary>Where models, samples and concept maps lie.</summary>
/// <remarks>Beside the program when published; in a checkout, in the nearest parent folder that has them.</remarks>
public sealed record ContentFolders(string Models, string? Samples, IReadOnlyList<string> ConceptMaps)
{
    internal static ContentFolders Find(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ServerOptions>>().Value;
        string models = options.ModelsFolder ?? Beside("models") ?? Path.Combine(AppContext.BaseDirectory, "models");
        string[] maps = [.. new[] { Beside(Path.Combine("terminology", "conceptmaps")), options.ConceptMapsFolder }.OfType<string>()];
        return new ContentFolders(Path.GetFullPath(models), options.SamplesFolder ?? Beside("samples"), maps);
    }

    /// <summary>The nearest folder of that name beside the program or in a parent folder of it; null where there is none.</summary>
    internal static string? Beside(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, name);
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
