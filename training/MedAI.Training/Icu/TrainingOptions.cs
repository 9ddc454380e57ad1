namespace MedAI.Training.Icu;

/// <summary>How the network is fitted. Defaults are what the shipped model was made with.</summary>
internal sealed record TrainingOptions
{
    public int Seed { get; init; } = 2012;

    public int Members { get; init; } = 3;

    /// <summary>Threads of torch; more than two gain nothing at this size.</summary>
    public int Threads { get; init; } = 2;

    public int Hidden { get; init; } = 48;

    public int Summary { get; init; } = 32;

    public int MaximumEpochs { get; init; } = 40;

    /// <summary>Epochs without a better check loss after which a member stops.</summary>
    public int Patience { get; init; } = 8;

    public int BatchSize { get; init; } = 64;

    public double LearningRate { get; init; } = 2e-3;

    /// <summary>AdamW's decoupled L2 coefficient.</summary>
    public double WeightDecay { get; init; } = 0.02;

    public double Dropout { get; init; } = 0.4;

    public double SummaryDropout { get; init; } = 0.4;

    /// <summary>Chance that a variable is hidden from the network for a whole stay, so that missing and occluded variables are familiar.</summary>
    public double VariableDropout { get; init; } = 0.25;

    /// <summary>Share of the prefixes that are the full 48 hours; the rest end at a random minute from 6 to 48 hours.</summary>
    public double FullWindowShare { get; init; } = 0.3;

    /// <summary>Weight of the newest step in the running mean of the weights that is kept.</summary>
    public double AverageDecay { get; init; } = 0.995;
}
