using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>Encodes a timeline as an hourly grid from time zero to as-of.</summary>
/// <remarks>
/// Shared by trainer and server, so that both see the same numbers. Steps = ceil(elapsed hours), at least 1.
/// A value at hour offset x falls into bin min(floor(x), steps - 1); values before time zero are not encoded.
/// Values of one instant are averaged, then instants of one bin aggregated, both in the sorted order of the timeline and in double
/// precision; float32 comes last. Immutable and thread safe.
/// </remarks>
public sealed class HourlyGridEncoder(ModelManifest manifest, VariableTable variables)
{
    private readonly double _stepHours = manifest.AsSequence().Encoder.StepHours;

    private readonly long _stepTicks = (long)Math.Round(manifest.AsSequence().Encoder.StepHours * TimeSpan.TicksPerHour);

    /// <summary>The last hour that the model was trained on bounds the grid, however long the stay.</summary>
    private readonly int _maximumSteps = Math.Max(1, (int)Math.Ceiling(manifest.AsSequence().Timing.MaximumHours / manifest.AsSequence().Encoder.StepHours));

    private readonly StaticFeatures _statics = new(manifest.AsSequence().Encoder.Statics, variables);

    /// <summary>Number of bins from time zero to as-of: the begun hours, at least 1 and at most what the model was made for.</summary>
    public int StepsBetween(DateTimeOffset timeZero, DateTimeOffset asOf)
    {
        long elapsed = Math.Max(0, (asOf - timeZero).Ticks);
        long steps = elapsed / _stepTicks + (elapsed % _stepTicks == 0 ? 0 : 1);
        return (int)Math.Clamp(steps, 1, _maximumSteps);
    }

    /// <summary>Encodes; the timeline must have a stay that started at or before as-of.</summary>
    /// <param name="timeline">Source values.</param>
    /// <param name="ageYears">Age at time zero; null gives the baseline.</param>
    /// <exception cref="ArgumentException">The timeline has no time zero, or one after as-of: the caller abstains before it encodes. Or it was made with another variable table.</exception>
    public EncodedGrid Encode(PatientTimeline timeline, double? ageYears)
    {
        if (timeline.Stay is not { } stay || stay.Start > timeline.AsOf)
            throw new ArgumentException("Without a time zero at or before as-of there is no grid.", nameof(timeline));
        // Variables are compared by reference: another model's timeline would fill the wrong columns.
        if (timeline.Variables != variables)
            throw new ArgumentException("The timeline was made with another variable table.", nameof(timeline));
        int steps = StepsBetween(stay.Start, timeline.AsOf);
        var grid = new EncodedGrid(steps, variables.SeriesCount, _statics.Encode(timeline, ageYears));
        for (int i = 0; i < variables.SeriesCount; i++)
        {
            var variable = variables.Variables[i];
            var column = new GridColumn(grid, i);
            if (variable.IsState)
                FillState(column, variable, timeline, stay.Start);
            else
                FillSeries(column, variable, timeline.Of(variable), stay.Start);
        }
        return grid;
    }

    private void FillSeries(in GridColumn column, ModelVariable variable, ReadOnlySpan<Measurement> values, DateTimeOffset timeZero)
    {
        float baseline = (float)variable.Manifest.Baseline;
        double staleness = variable.Manifest.StalenessHours;
        int last = -1;
        float carried = baseline;
        while (!values.IsEmpty && values[0].Effective < timeZero)
            values = values[1..];
        for (int step = 0; step < column.Steps; step++)
        {
            if (!values.IsEmpty && BinOf(values[0].Effective, timeZero, column.Steps) == step)
            {
                carried = (float)Aggregate(variable.Aggregation, ref values, step, timeZero, column.Steps);
                last = step;
                column.Set(step, carried, 1, 0);
            }
            else if (last < 0)
                column.Set(step, baseline, 0, step + 1);
            else
                column.Set(step, (step - last) * _stepHours <= staleness ? carried : baseline, 0, step - last);
        }
    }

    private void FillState(in GridColumn column, ModelVariable variable, PatientTimeline timeline, DateTimeOffset timeZero)
    {
        for (int step = 0; step < column.Steps; step++)
            column.Set(step, 0, 0, 0);
        foreach (var state in timeline.States)
        {
            if (state.Variable != variable || state.End < timeZero)
                continue;
            int first = state.Start <= timeZero ? 0 : BinOf(state.Start, timeZero, column.Steps);
            int end = state.End is { } ended ? BinOf(ended, timeZero, column.Steps) : column.Steps - 1;
            for (int step = first; step <= end; step++)
                column.Set(step, 1, 1, 0);
        }
        int last = -1;
        for (int step = 0; step < column.Steps; step++)
        {
            if (column.IsObserved(step))
                last = step;
            else
                column.Set(step, 0, 0, step - last);
        }
    }

    /// <summary>Takes the values of one bin off the run and makes one number of them.</summary>
    private double Aggregate(Aggregation aggregation, ref ReadOnlySpan<Measurement> values, int step, DateTimeOffset timeZero, int steps)
    {
        double result = 0;
        int instants = 0;
        while (!values.IsEmpty && BinOf(values[0].Effective, timeZero, steps) == step)
        {
            double value = DerivedValues.Average(DerivedValues.TakeInstant(ref values));
            result = aggregation switch
            {
                Aggregation.Min when instants > 0 => Math.Min(result, value),
                Aggregation.Max when instants > 0 => Math.Max(result, value),
                Aggregation.Min or Aggregation.Max or Aggregation.Last => value,
                _ => result + value,
            };
            instants++;
        }
        return aggregation == Aggregation.Mean ? result / instants : result;
    }

    private int BinOf(DateTimeOffset effective, DateTimeOffset timeZero, int steps) =>
        (int)Math.Min((effective.UtcTicks - timeZero.UtcTicks) / _stepTicks, steps - 1);
}
