using MedAI.Models.Predictions;

namespace MedAI.Models.Inference;

/// <summary>Runs rows through one loaded model: one session, one thread of its own, a bounded queue, equal shapes batched together.</summary>
public interface IModelRunner : IAsyncDisposable
{
    /// <summary>Queues the rows; completes when they ran, or with the reason why not.</summary>
    /// <param name="rows">Ownership passes to the runner, which disposes it after the run or refusal.</param>
    /// <param name="deadline">Checked before the run; a late request is never run.</param>
    ValueTask<RunResult> RunAsync(InputRows rows, DateTimeOffset deadline, CancellationToken cancellationToken);
}

/// <summary>Outputs of a run, or why there are none.</summary>
/// <param name="Outputs">By output name, row-major floats of the request's own rows; null on error.</param>
public readonly record struct RunResult(IReadOnlyDictionary<string, float[]>? Outputs, InferenceErrorKind? Error);
