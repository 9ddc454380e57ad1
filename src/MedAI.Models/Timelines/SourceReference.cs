namespace MedAI.Models.Timelines;

/// <summary>Where a value came from, as an opaque reference that the boundary layer understands.</summary>
/// <param name="Reference">Absolute or relative reference; no patient name or value.</param>
/// <param name="Version">Version id of the source, where known.</param>
/// <param name="ContentHash">Hex SHA-256 of the source where it has no version; filled lazily by the boundary layer, else null.</param>
public sealed record SourceReference(string Reference, string? Version = null, string? ContentHash = null);
