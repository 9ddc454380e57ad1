namespace MedAI.Fhir.Operations.Jobs;

/// <summary>A job that waits or runs in this process.</summary>
/// <remarks>Thread safe.</remarks>
public sealed class JobTicket(string id, string owner, DateTimeOffset received, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _unwanted = new();
    private volatile string _progress = "waiting";

    public string Id { get; } = id;

    public string Owner { get; } = owner;

    public DateTimeOffset Received { get; } = received;

    public PollPace Pace { get; } = new(time);

    /// <summary>Set when the owner wants the job no more.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    /// <summary>For people: fewer than 100 characters, nothing about a patient.</summary>
    public string Progress
    {
        get => _progress;
        set => _progress = value.Length < 100 ? value : value[..99];
    }

    public void Cancel()
    {
        try
        {
            _unwanted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    public void Dispose() => _unwanted.Dispose();
}
