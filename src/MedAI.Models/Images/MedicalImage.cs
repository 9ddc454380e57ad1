namespace MedAI.Models.Images;

/// <summary>One image: what is said about it and its frame as it is stored.</summary>
/// <param name="Frame">Little-endian samples, row by row, <see cref="ImageAttributes.FrameBytes"/> long; one byte more where that is odd. Belongs to the caller and is only read.</param>
public sealed record MedicalImage(ImageAttributes Attributes, ReadOnlyMemory<byte> Frame);
