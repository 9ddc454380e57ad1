namespace MedAI.Fhir.Reading;

/// <summary>How much one request may hold. JSON depth is limited by the parser that made the documents.</summary>
public sealed record ReadingLimits
{
    public static ReadingLimits Default { get; } = new();

    /// <summary>Resources in all documents together.</summary>
    public int MaxResources { get; init; } = 20_000;

    /// <summary>Components of one Observation.</summary>
    public int MaxComponents { get; init; } = 100;

    /// <summary>Samples of one SampledData: an hour at one per second fits, a waveform does not.</summary>
    public int MaxSamples { get; init; } = 10_000;

    /// <summary>Samples of all SampledData of a request.</summary>
    public int MaxSamplesTotal { get; init; } = 100_000;

    /// <summary>Problems that are reported; more change nothing.</summary>
    public int MaxProblems { get; init; } = 20;
}
