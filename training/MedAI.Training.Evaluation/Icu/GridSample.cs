namespace MedAI.Training.Evaluation.Icu;

/// <summary>One stay as the model sees it at one instant, with its label.</summary>
/// <remarks>Grids are row-major [Steps, series].</remarks>
internal sealed record GridSample(int RecordId, bool Died, int Steps, float[] Values, float[] Observed, float[] HoursSince, float[] Statics)
{
    /// <summary>Cells that hold a measurement.</summary>
    public int ObservedCells => Observed.Count(o => o > 0);
}
