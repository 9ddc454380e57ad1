using System.Collections.Concurrent;
using MedAI.Fhir.Access;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Assessments;

/// <summary>Which abstentions this server stored in this hour, so that the same one is not stored again with each opening of a chart: as with a prediction, only its audit row is.</summary>
/// <remarks>Thread safe. Holds hashes and row numbers, no patient's data. What is not remembered (a new hour, another server, a restart, too many) is stored once more.</remarks>
public sealed class KnownAbstentions
{
    /// <summary>Remembered in an hour; each takes some 250 bytes.</summary>
    public const int Most = 10_000;

    /// <summary>An as-of that is no further from the call means now.</summary>
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);

    private Hour _hour = new(0);

    /// <summary>What makes an abstention the same: patient, model, trigger, encounter, reasons, quality, inputs with their versions or hashes, and the as-of, unless that is now.</summary>
    /// <returns>Lower-case hex SHA-256.</returns>
    public static string Key(PatientKey patient, AbstentionDetail detail)
    {
        bool isNow = (detail.Created - detail.AsOf).Duration() < Now;
        byte[] same = AbstentionDetailWriter.ToUtf8(detail with { Created = default, AsOf = isNow ? default : detail.AsOf });
        return PartsKey.Of(same, patient.Tenant, patient.FhirBase, patient.Id);
    }

    /// <summary>Sequence of the outcome that says the same, or null.</summary>
    public long? Find(string key, DateTimeOffset now) => Of(now).Find(key);

    /// <param name="created">When the abstention was made.</param>
    /// <param name="sequence">Of the outcome that was stored for it: committed, or it could be taken back.</param>
    public void Add(string key, DateTimeOffset created, long sequence) => Of(created).Add(key, sequence);

    private Hour Of(DateTimeOffset time)
    {
        long number = time.UtcTicks / OutcomeWrite.SharedFor.Ticks;
        var hour = Volatile.Read(ref _hour);
        if (hour.Number == number)
            return hour;
        // Another hour begins (or the clock was set back): what was known is given up. Of two who see it at once the second may look into the hour that the first one made.
        var next = new Hour(number);
        var was = Interlocked.CompareExchange(ref _hour, next, hour);
        return ReferenceEquals(was, hour) || was.Number != number ? next : was;
    }

    private sealed class Hour(long number)
    {
        private readonly ConcurrentDictionary<string, long> _sequences = new(StringComparer.Ordinal);
        private int _count;

        public long Number => number;

        public long? Find(string key) => _sequences.TryGetValue(key, out long sequence) ? sequence : null;

        public void Add(string key, long sequence)
        {
            // The dictionary counts itself under all its locks.
            if (Volatile.Read(ref _count) < Most && _sequences.TryAdd(key, sequence))
                Interlocked.Increment(ref _count);
        }
    }
}
