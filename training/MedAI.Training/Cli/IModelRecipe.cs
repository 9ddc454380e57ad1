namespace MedAI.Training.Cli;

/// <summary>How one model package is made. What it is worth is measured without it, from the finished files.</summary>
internal interface IModelRecipe
{
    /// <summary>Id of the package, as in its manifest.</summary>
    string Id { get; }

    /// <summary>One line for the list of packages, with the recipe's own options.</summary>
    string Usage { get; }

    /// <summary>Fits everything that the package is made of and leaves it in the work folder; what is there already is kept.</summary>
    /// <remarks>Takes its own options from <see cref="TrainContext.Options"/> and calls <see cref="CommandLine.Done"/> before it works.</remarks>
    void Train(TrainContext context);

    /// <summary>Writes manifest, graph and golden vectors from the work folder into <see cref="TrainContext.Output"/>.</summary>
    void Export(TrainContext context);

    /// <summary>The lines of a training log that a report repeats.</summary>
    IReadOnlyList<string> Summary(IReadOnlyList<string> log);
}
