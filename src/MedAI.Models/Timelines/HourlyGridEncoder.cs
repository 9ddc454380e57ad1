using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>Encodes a timeline as an hourly grid from time zero to as-of.</summary>
/// <remarks>
/// Shared by trainer and server, so that both see the same numbers. Steps = ceil(elapsed hours), at least 1.
/// A value at hour offset x falls into bin min(floor(x), steps - 1); values before time zero are not encoded.
/// </remarks>
public sealed class HourlyGridEncoder(ModelManifest manifest, VariableTable variables)
{
    /// <summary>Encodes; the timeline must have a stay that started at or before as-of.</summary>
    /// <param name="timeline">Source values.</param>
    /// <param name="ageYears">Age at time zero; null gives the baseline.</param>
    public EncodedGrid Encode(PatientTimeline timeline, double? ageYears) => throw new NotImplementedException($"{manifest.Id} {variables.SeriesCount}");
}
