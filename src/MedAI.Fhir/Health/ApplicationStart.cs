namespace MedAI.Fhir.Health;

/// <summary>Waiting for the moment from which the server listens: its addresses are known then and its store is open.</summary>
internal static class ApplicationStart
{
    /// <exception cref="OperationCanceledException">It stops before.</exception>
    public static async Task WaitForStartAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var whenStarted = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellationToken);
    }
}
