namespace MedAI.Training.Chest;

/// <summary>How one network is built and fitted. Defaults are what the shipped model was made with.</summary>
internal sealed record ChestRecipe
{
    /// <summary>Rows and columns that enter the graph.</summary>
    public int Side { get; init; } = 64;

    /// <summary>Averages blocks of this many pixels inside the graph before anything else: sharpness is no cue.</summary>
    public int Pool { get; init; } = 2;

    /// <summary>"z", "l" or "zl": the picture less its mean over its deviation, local contrast, or both.</summary>
    public string Channels { get; init; } = "zl";

    /// <summary>Stride of the first convolution.</summary>
    public int StemStride { get; init; } = 1;

    public int[] Widths { get; init; } = [16, 32, 64];

    public int Blocks { get; init; } = 1;

    public double Dropout { get; init; } = 0.3;

    public int Epochs { get; init; } = 16;

    public int BatchSize { get; init; } = 64;

    public double LearningRate { get; init; } = 2e-3;

    public double WeightDecay { get; init; } = 0.05;

    public double AverageDecay { get; init; } = 0.995;

    /// <summary>Share of the target that goes to the other class.</summary>
    public double LabelSmoothing { get; init; } = 0.05;

    public double Mixup { get; init; }

    public double KindWeight { get; init; } = 0.3;

    /// <summary>Share of normal films in a batch; 0.375 as in a clinic of equal referral; 0 leaves the films' own.</summary>
    public double NormalShare { get; init; } = 0.5;

    public double Zoom { get; init; } = 0.15;

    public double Aspect { get; init; } = 0.15;

    public double Shift { get; init; } = 0.08;

    public double Degrees { get; init; } = 10;

    public double Gamma { get; init; } = 0.4;

    public double Noise { get; init; } = 0.04;

    public double Blur { get; init; } = 1.0;

    public double Erase { get; init; } = 0.5;

    public double Slope { get; init; } = 0.3;
}
