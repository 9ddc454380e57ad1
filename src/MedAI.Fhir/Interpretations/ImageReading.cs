using MedAI.Fhir.DicomWeb;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>What became of one image of a study, or of a series that was refused as a whole: read, refused by the model or its gate, or not to be had. One of the three.</summary>
public sealed record ImageReading
{
    /// <summary>Series instance UID; null when it is not one.</summary>
    public required string? SeriesUid { get; init; }

    /// <summary>SOP instance UID; null when a whole series was refused or the UID is not one.</summary>
    public required string? SopUid { get; init; }

    public string? SopClass { get; init; }

    public int? InstanceNumber { get; init; }

    /// <summary>Set when the image was read.</summary>
    public ReadImage? Read { get; init; }

    /// <summary>Why the model does not read it; empty otherwise.</summary>
    public IReadOnlyList<AbstentionReason> Refusals { get; init; } = [];

    /// <summary>Why it could not be had, or may not be used for this patient.</summary>
    public DicomWebError? Error { get; init; }
}

/// <summary>An image that a model read.</summary>
/// <param name="Prediction">Estimates with the activation map among its artefacts; its remarks name what is unusual about the image.</param>
/// <param name="Display">The image as shown to people: grey, display polarity (bright is dense), the part that the model saw.</param>
/// <param name="Source">What the estimate rests on, for audit.</param>
public sealed record ReadImage(Prediction Prediction, GreyPicture Display, PixelSource Source);

/// <summary>An 8-bit grey picture.</summary>
/// <param name="Pixels">Row by row, <c>Rows * Columns</c> bytes.</param>
public sealed record GreyPicture(int Rows, int Columns, ReadOnlyMemory<byte> Pixels);

/// <summary>The pixels behind an estimate.</summary>
/// <param name="FrameHash">Lower-case hex SHA-256 of the frame as fetched.</param>
/// <param name="Rows">Rows of the stored image.</param>
/// <param name="Columns">Columns of the stored image.</param>
/// <param name="AgeYears">Age at the study, completed years; null when the model has no age limits and nobody knows.</param>
public sealed record PixelSource(string FrameHash, int Rows, int Columns, int? AgeYears);
