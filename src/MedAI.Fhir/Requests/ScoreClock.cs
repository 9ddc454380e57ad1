namespace MedAI.Fhir.Requests;

/// <summary>The instant that a score without a stated as-of is made for.</summary>
/// <remarks>The wall clock, except in demo mode, where it stands still at the samples' time and every card says so.</remarks>
public sealed class ScoreClock(TimeProvider time)
{
    private long _pinnedTicks;

    /// <summary>True when the clock stands at the samples' time.</summary>
    public bool Pinned => Volatile.Read(ref _pinnedTicks) != 0;

    public DateTimeOffset Now
    {
        get
        {
            long ticks = Volatile.Read(ref _pinnedTicks);
            return ticks == 0 ? time.GetUtcNow() : new DateTimeOffset(ticks, TimeSpan.Zero);
        }
    }

    /// <summary>Stops the clock at an instant; demo mode only.</summary>
    public void Pin(DateTimeOffset instant) => Volatile.Write(ref _pinnedTicks, instant.UtcTicks);
}
