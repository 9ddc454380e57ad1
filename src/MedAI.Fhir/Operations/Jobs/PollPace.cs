namespace MedAI.Fhir.Operations.Jobs;

/// <summary>How often one job may be asked for: a poll a second, ten at once after a pause.</summary>
/// <remarks>Thread safe. Most clients wait as long as Retry-After says and never meet it.</remarks>
public sealed class PollPace(TimeProvider time)
{
    private const int AtOnce = 10;

    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    /// <summary>When all that was taken is paid back.</summary>
    private DateTimeOffset _paid = DateTimeOffset.MinValue;

    /// <returns>How long to wait first; zero when the poll may be answered.</returns>
    public TimeSpan Take()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var paid = (_paid > now ? _paid : now) + Each;
            var ahead = paid - now - (Each * AtOnce);
            if (ahead > TimeSpan.Zero)
                return ahead;
            _paid = paid;
            return TimeSpan.Zero;
        }
    }
}
