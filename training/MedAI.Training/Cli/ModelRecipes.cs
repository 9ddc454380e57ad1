namespace MedAI.Training.Cli;

/// <summary>Every package that this programme can make.</summary>
internal static class ModelRecipes
{
    public static IReadOnlyList<IModelRecipe> All { get; } = [new IcuMortalityRecipe()];

    /// <exception cref="FormatException">There is no such package.</exception>
    public static IModelRecipe Find(string? id) => All.FirstOrDefault(r => r.Id == id)
        ?? throw new FormatException(id is null
            ? $"Name the package: {string.Join(", ", All.Select(r => r.Id))}."
            : $"There is no package '{id}': {string.Join(", ", All.Select(r => r.Id))}.");
}
