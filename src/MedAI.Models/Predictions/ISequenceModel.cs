using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>A loaded sequence model: timeline in, outcome out.</summary>
public interface ISequenceModel : IServedModel
{
    VariableTable Variables { get; }

    /// <summary>Checks applicability, encodes, and hashes; no inference. Allows the caller to find a stored result for the same input first.</summary>
    PreparedInput Prepare(PatientTimeline timeline);

    /// <summary>Runs the prepared input with its explanation in one batch. Never throws for expected failures.</summary>
    /// <param name="deadline">Instant after which nobody waits for the answer; checked before the run.</param>
    Task<Outcome> PredictAsync(PreparedInput input, DateTimeOffset deadline, CancellationToken cancellationToken);
}

/// <summary>Either an abstention, or an encoded input with its hash. Dispose returns rented tensors.</summary>
public sealed class PreparedInput : IDisposable
{
    public required PatientTimeline Timeline { get; init; }

    /// <summary>Not null when the model must not be run.</summary>
    public Abstention? Abstention { get; init; }

    public EncodedGrid? Grid { get; init; }

    /// <summary>Lower-case hex SHA-256 of the encoded tensors; empty for an abstention.</summary>
    public string InputHash { get; init; } = "";

    public void Dispose() => Grid?.Dispose();
}
