using System.Buffers;

namespace MedAI.Fhir.Limits;

/// <summary>Bytes in rented memory, given back once.</summary>
public sealed class PooledBytes : IDisposable
{
    private byte[]? _array;
    private int _length;

    private PooledBytes(byte[] array, int length)
    {
        _array = array;
        _length = length;
    }

    public int Length => _length;

    /// <exception cref="ObjectDisposedException">They were given back.</exception>
    public Memory<byte> Memory => (_array ?? throw new ObjectDisposedException(nameof(PooledBytes))).AsMemory(0, _length);

    public static PooledBytes Rent(int length) => new(ArrayPool<byte>.Shared.Rent(length), length);

    /// <summary>Leaves the last bytes out, which were never written.</summary>
    /// <param name="length">At most as long as before.</param>
    public void Shorten(int length) => _length = Math.Min(_length, length);

    /// <summary>Reads a stream to its end; the stream bounds how much that is.</summary>
    public static async ValueTask<PooledBytes> ReadAllAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] array = ArrayPool<byte>.Shared.Rent(64 * 1024);
        int length = 0;
        try
        {
            int read;
            while ((read = await stream.ReadAsync(array.AsMemory(length), cancellationToken)) > 0)
            {
                length += read;
                if (length < array.Length)
                    continue;
                byte[] larger = ArrayPool<byte>.Shared.Rent(checked(array.Length * 2));
                array.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(array, clearArray: true);
                array = larger;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(array, clearArray: true);
            throw;
        }
        return new PooledBytes(array, length);
    }

    /// <summary>Clears the bytes: the pool must not keep a patient's data.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is not { } array)
            return;
        array.AsSpan(0, _length).Clear();
        ArrayPool<byte>.Shared.Return(array);
    }
}
