namespace MedAI.Fhir.Requests;

/// <summary>How many requests are being answered now. Thread-safe.</summary>
public sealed class RequestLoad
{
    private int _now;

    public int Now => Volatile.Read(ref _now);

    /// <summary>Stands at the door, so that a Bundle counts once however many entries are asked for it.</summary>
    public RequestDelegate Count(RequestDelegate next) => async http =>
    {
        Interlocked.Increment(ref _now);
        try
        {
            await next(http);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    };
}
