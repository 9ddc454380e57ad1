using System.IO.Compression;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>The body of an answer, decompressed, that ends in a stated failure when it is too large or too slow or breaks off.</summary>
/// <remarks>The limit counts decompressed bytes: a few compressed ones can stand for any number.</remarks>
internal sealed class BoundedAnswerStream : Stream
{
    private readonly Stream _source;
    private readonly long _maxBytes;
    private long _read;

    private BoundedAnswerStream(Stream source, long maxBytes)
    {
        _source = source;
        _maxBytes = maxBytes;
    }

    /// <summary>Bytes given out.</summary>
    public long BytesRead => _read;

    /// <param name="wire">Bytes as they come from the network.</param>
    /// <param name="encoding">Content-Encoding, null for none.</param>
    /// <param name="maxBytes">Most bytes after decompression.</param>
    /// <param name="pace">Least rate on the wire.</param>
    /// <exception cref="UnreadableAnswerException">The encoding is unknown or one of several.</exception>
    public static BoundedAnswerStream Over(Stream wire, string? encoding, long maxBytes, Pace pace)
    {
        var paced = new WireStream(wire, pace, maxBytes);
        Stream plain = encoding?.Trim().ToLowerInvariant() switch
        {
            null or "" or "identity" => paced,
            "gzip" or "x-gzip" => new GZipStream(paced, CompressionMode.Decompress),
            "deflate" => new ZLibStream(paced, CompressionMode.Decompress),
            "br" => new BrotliStream(paced, CompressionMode.Decompress),
            _ => throw new UnreadableAnswerException(),
        };
        return new BoundedAnswerStream(plain, maxBytes);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _source.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException)
        {
            // Damaged compressed data.
            throw new UnreadableAnswerException();
        }
        _read += read;
        if (_read > _maxBytes)
            throw new AnswerFailedException(OutboundErrorKind.TooLarge);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The least rate of a body, counted over the time in which we wait for the sender.</summary>
    internal readonly record struct Pace(int BytesPerSecond, TimeSpan Grace, TimeProvider Time);

    /// <summary>Bytes on the wire: counts time and tells a broken connection from every other failure.</summary>
    private sealed class WireStream(Stream wire, Pace pace, long maxBytes) : Stream
    {
        private TimeSpan _waited;
        private long _received;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            long start = pace.Time.GetTimestamp();
            int read;
            try
            {
                read = await wire.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
            {
                throw new AnswerFailedException(OutboundErrorKind.ConnectionLost);
            }
            _waited += pace.Time.GetElapsedTime(start);
            _received += read;
            if (_received > maxBytes)
                throw new AnswerFailedException(OutboundErrorKind.TooLarge);
            if (read > 0 && _waited > pace.Grace && _received < pace.BytesPerSecond * _waited.TotalSeconds)
                throw new AnswerFailedException(OutboundErrorKind.TooSlow);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are read asynchronously.");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>Reading an answer ended in a stated failure; never leaves the guard.</summary>
internal sealed class AnswerFailedException(OutboundErrorKind kind) : Exception("The answer could not be read to its end.")
{
    public OutboundErrorKind Kind { get; } = kind;
}
