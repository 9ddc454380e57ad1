namespace MedAI.Fhir.Requests;

/// <summary>How many requests are being answered now. Thread-safe.</summary>
public sealed class RequestLoad
{
    private int _now;

    public int Now => Volatile.Read(ref _now);

    public void Enter() => Interlocked.Increment(ref _now);

    public void Leave() => Interlocked.Decrement(ref _now);
}
