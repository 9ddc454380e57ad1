namespace MedAI.Fhir.Health;

/// <summary>Whether everything that a first request needs was loaded and warmed.</summary>
public sealed class Startup
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Finished => _done.Task.IsCompleted;

    public void Finish() => _done.TrySetResult();

    /// <summary>Waits until it was.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);
}
