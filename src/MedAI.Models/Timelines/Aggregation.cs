namespace MedAI.Models.Timelines;

/// <summary>How the instants of one grid bin become one number.</summary>
internal enum Aggregation
{
    Mean,
    Sum,
    Min,
    Max,
    Last,
}

internal static class Aggregations
{
    public static bool TryParse(string? name, out Aggregation aggregation)
    {
        Aggregation? found = name switch
        {
            "mean" => Aggregation.Mean,
            "sum" => Aggregation.Sum,
            "min" => Aggregation.Min,
            "max" => Aggregation.Max,
            "last" => Aggregation.Last,
            _ => null,
        };
        aggregation = found ?? Aggregation.Mean;
        return found is not null;
    }
}
