namespace MedAI.Samples.Imaging;

/// <summary>Where things lie in a made-up chest film and how bright they are; lengths in film widths from the middle, brightness 0 to 1.</summary>
/// <remarks>Drawn by eye after textbooks; nobody's film is behind it.</remarks>
public sealed record ChestAnatomy
{
    /// <summary>Half the width of the trunk at the bottom.</summary>
    public double Trunk { get; init; } = 0.43;

    /// <summary>How softly the trunk ends.</summary>
    public double Edge { get; init; } = 22;

    /// <summary>Soft tissue at the top and at the bottom.</summary>
    public double TissueTop { get; init; } = 0.55;

    public double TissueBottom { get; init; } = 0.74;

    /// <summary>Distance of the lungs' middles from the spine.</summary>
    public double LungApart { get; init; } = 0.215;

    public double LungWidth { get; init; } = 0.135;

    public double LungHeight { get; init; } = 0.34;

    public double LungMiddle { get; init; } = -0.02;

    /// <summary>What air takes away.</summary>
    public double Air { get; init; } = 0.28;

    /// <summary>Height of the diaphragm below the middle.</summary>
    public double Diaphragm { get; init; } = 0.27;

    public double HeartWidth { get; init; } = 0.15;

    public double HeartHeight { get; init; } = 0.19;

    public double Heart { get; init; } = 0.17;

    public double Spine { get; init; } = 0.16;

    public double SpineWidth { get; init; } = 0.055;

    public double Ribs { get; init; } = 0.05;

    public double Clavicles { get; init; } = 0.07;

    /// <summary>Shoulders and upper arms in the corners above.</summary>
    public double Shoulders { get; init; } = 0.10;

    public double Vessels { get; init; } = 0.10;

    public double Noise { get; init; } = 0.015;

    /// <summary>How the film is turned, in radians.</summary>
    public double Turn { get; init; }

    /// <summary>Brightness that patches of an infiltrate add; 0 for clear lungs.</summary>
    public double Infiltrate { get; init; }

    /// <summary>Brightness of a veil over both lungs.</summary>
    public double Haze { get; init; }
}
