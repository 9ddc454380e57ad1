using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MedAI.Fhir.Requests;

/// <summary>Mints ids; injected, so that tests can foresee them.</summary>
/// <remarks>Thread-safe.</remarks>
public class IdSource
{
    /// <summary>Random bytes that a thread fetches at once: a call of the system's generator costs more than all else about an id.</summary>
    private const int PoolSize = 1_024;

    [ThreadStatic]
    private static byte[]? _pool;

    [ThreadStatic]
    private static int _left;

    /// <summary>The latest instant that an ordered id was made for, and how many were made within it: milliseconds, and 12 bits.</summary>
    private long _latest;

    /// <summary>A random (version 4) UUID in lower case: 122 bits from the system's generator, so that an id cannot be guessed.</summary>
    public virtual string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Randomise(bytes);
        return AsUuid(bytes, version: 4);
    }

    /// <summary>A UUID (version 7) that begins with the time: for rows that are written in order, whose index then grows at its end alone.</summary>
    /// <param name="now">Its first 48 bits, in milliseconds. The 12 after them count within the millisecond, so that ids made one after the other are in order (RFC 9562, 6.2, method 1); the last
    /// 62 are random, so that the id still cannot be guessed.</param>
    public virtual string NewOrderedId(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        Randomise(bytes[8..]);
        long milliseconds = now.ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteInt32BigEndian(bytes, (int)(milliseconds >> 16));
        BinaryPrimitives.WriteInt16BigEndian(bytes[4..], (short)milliseconds);
        BinaryPrimitives.WriteInt16BigEndian(bytes[6..], (short)CountWithin(milliseconds));
        return AsUuid(bytes, version: 7);
    }

    /// <summary>How many ids were made within this millisecond before; where the clock stepped back or 4,096 were, order within it is lost.</summary>
    private int CountWithin(long milliseconds)
    {
        while (true)
        {
            long latest = Volatile.Read(ref _latest);
            if (milliseconds < latest >> 12)
                return 0xFFF;
            long next = milliseconds == latest >> 12 ? (latest & 0xFFF) == 0xFFF ? latest : latest + 1 : milliseconds << 12;
            if (next == latest || Interlocked.CompareExchange(ref _latest, next, latest) == latest)
                return (int)(next & 0xFFF);
        }
    }

    /// <summary>What ids of a time begin with (<see cref="NewOrderedId"/>): less than every id of that time or later, more than every earlier one.</summary>
    public static string OrderedPrefix(DateTimeOffset instant)
    {
        long milliseconds = instant.ToUnixTimeMilliseconds();
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{milliseconds >> 16:x8}-{milliseconds & 0xFFFF:x4}");
    }

    /// <summary>A UUID (version 8) that is the same for the same name: it names a thing, not an event.</summary>
    public static string NameBased(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name), hash);
        return AsUuid(hash[..16], version: 8);
    }

    private static void Randomise(Span<byte> bytes)
    {
        byte[] pool = _pool ??= new byte[PoolSize];
        if (_left < bytes.Length)
        {
            RandomNumberGenerator.Fill(pool);
            _left = pool.Length;
        }
        _left -= bytes.Length;
        var taken = pool.AsSpan(_left, bytes.Length);
        taken.CopyTo(bytes);
        // What was given out does not stay in memory.
        taken.Clear();
    }

    private static string AsUuid(Span<byte> bytes, int version)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | (version << 4));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
