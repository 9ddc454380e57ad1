namespace MedAI.Training.Cli;

/// <summary>What the command line gives to a recipe.</summary>
internal sealed record TrainContext
{
    /// <summary>Folder with the model's data.</summary>
    public required string Data { get; init; }

    /// <summary>Folder that survives an interruption: finished parts, time spent, log.</summary>
    public required string Work { get; init; }

    /// <summary>Folder of the package; null while training.</summary>
    public string? Output { get; init; }

    /// <summary>Threads of torch and LightGBM.</summary>
    public required int Threads { get; init; }

    /// <summary><c>cpu</c> or <c>cuda</c>; see <see cref="TorchDevice"/>.</summary>
    public required string Device { get; init; }

    /// <summary>Options that only the recipe knows.</summary>
    public required CommandLine Options { get; init; }

    /// <summary>Lines of what happens; kept in the work folder too.</summary>
    public required TextWriter Log { get; init; }

    public required TimeProvider Time { get; init; }

    public required CancellationToken Cancellation { get; init; }

    /// <summary>A bar on standard error for a known number of steps.</summary>
    public ProgressBar Progress(string title, long total) => new(Console.Error, !Console.IsErrorRedirected, Time, title, total);

    /// <summary>The work folder's finished parts, for these options over this data only.</summary>
    /// <exception cref="InvalidDataException">The folder belongs to other options or other data.</exception>
    public Checkpoints OpenCheckpoints<T>(T options)
        where T : notnull => Checkpoints.Open(Work, Checkpoints.FingerprintOf(Data, options));
}
