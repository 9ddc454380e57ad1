namespace MedAI.Training.Evaluation.Icu;

/// <summary>One stay as the model sees it at one instant, with its label.</summary>
/// <remarks>Grids are row-major [Steps, series].</remarks>
internal sealed record GridSample(int RecordId, bool Died, int Steps, float[] Values, float[] Observed, float[] HoursSince, float[] Statics)
{
    /// <summary>Cells that hold a measurement.</summary>
    public int ObservedCells => Observed.Count(o => o > 0);

    /// <summary>Variables of the grid that were observed at least once.</summary>
    public int DistinctVariables
    {
        get
        {
            var series = Observed.Length / Steps;
            var seen = new bool[series];
            for (var cell = 0; cell < Observed.Length; cell++)
                seen[cell % series] |= Observed[cell] > 0;
            return seen.Count(s => s);
        }
    }
}
