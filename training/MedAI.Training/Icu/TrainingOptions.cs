using MedAI.Training.Trees;

namespace MedAI.Training.Icu;

/// <summary>How the ensemble is fitted. Defaults are what the shipped model was made with.</summary>
internal sealed record TrainingOptions
{
    public int Seed { get; init; } = 2012;

    /// <summary>Threads of torch and LightGBM; more than two gain nothing at this size. Results do not depend on it for the trees.</summary>
    public int Threads { get; init; } = 2;

    public int Hidden { get; init; } = 48;

    public int Summary { get; init; } = 32;

    public int Epochs { get; init; } = 24;

    public int BatchSize { get; init; } = 64;

    public double LearningRate { get; init; } = 2e-3;

    /// <summary>AdamW's decoupled L2 coefficient.</summary>
    public double WeightDecay { get; init; } = 0.02;

    public double Dropout { get; init; } = 0.4;

    public double SummaryDropout { get; init; } = 0.4;

    /// <summary>Chance that a variable is hidden from the network for a whole stay, so that missing and occluded variables are familiar.</summary>
    public double VariableDropout { get; init; } = 0.25;

    /// <summary>Share of the network's prefixes that are the full 48 hours; the rest end at a random minute from 6 to 48 hours.</summary>
    public double FullWindowShare { get; init; } = 0.3;

    /// <summary>Weight of the newest step in the running mean of the weights that is kept.</summary>
    public double AverageDecay { get; init; } = 0.995;

    /// <summary>Prefixes of every stay that the trees are grown from, the full 48 hours among them.</summary>
    public int TreePrefixes { get; init; } = 5;

    /// <summary>Weight of the full 48 hours among a stay's prefixes, for the trees.</summary>
    public double TreeFullWindowWeight { get; init; } = 0.3;

    /// <summary>Trees that search the best threshold.</summary>
    public GradientBoostingOptions Searched { get; init; } = new() { Trees = 500, Leaves = 20, LearningRate = 0.03, FeatureShare = 0.15, L2 = 10 };

    /// <summary>Trees that draw thresholds at random: other errors than the searched ones.</summary>
    public GradientBoostingOptions Drawn { get; init; } = new() { Trees = 400, Leaves = 20, LearningRate = 0.06, FeatureShare = 0.4, L2 = 3, RandomThresholds = true };
}
