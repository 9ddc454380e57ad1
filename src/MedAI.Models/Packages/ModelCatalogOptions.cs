using System.ComponentModel.DataAnnotations;
using MedAI.Models.Inference;

namespace MedAI.Models.Packages;

/// <summary>Where the model packages are and how they are run.</summary>
public sealed class ModelCatalogOptions
{
    /// <summary>Folder that holds <c>&lt;id&gt;/&lt;version&gt;/manifest.json</c>; default <c>models</c> in the working directory.</summary>
    [Required]
    public string RootFolder { get; set; } = "models";

    public InferenceOptions Inference { get; set; } = new();

    public PackageLimits Limits { get; set; } = PackageLimits.Default;

    /// <summary>Explained predictions made per model before it is ready, 0 to 1000; default 3. The first ones compile code and allocate the runtime's arenas.</summary>
    [Range(0, 1000)]
    public int WarmUpRuns { get; set; } = 3;

    /// <summary>Longest time that reproducing the golden vectors and warming up may take per model; default 2 minutes.</summary>
    public TimeSpan VerificationTimeout { get; set; } = TimeSpan.FromMinutes(2);
}
