namespace MedAI.Models.Timelines;

/// <summary>One variable's column of a grid.</summary>
internal readonly ref struct GridColumn(EncodedGrid grid, int column)
{
    private readonly Span<float> _values = grid.Values;
    private readonly Span<float> _observed = grid.Observed;
    private readonly Span<float> _hoursSince = grid.HoursSince;
    private readonly int _series = grid.Series;

    public int Steps { get; } = grid.Steps;

    public void Set(int step, float value, float observed, float stepsSince)
    {
        int cell = step * _series + column;
        _values[cell] = value;
        _observed[cell] = observed;
        _hoursSince[cell] = stepsSince;
    }

    public bool IsObserved(int step) => _observed[step * _series + column] > 0;
}
