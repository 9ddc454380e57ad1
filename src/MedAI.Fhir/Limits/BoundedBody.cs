using System.Buffers;
using System.Runtime.CompilerServices;
using MedAI.Fhir.Conformance;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Limits;

/// <summary>A request's body in a pooled buffer, never larger than the limit; give it back with <see cref="Dispose"/>.</summary>
/// <remarks>Whatever points into <see cref="Memory"/> (a JsonDocument) must be done with before.</remarks>
public sealed class BoundedBody : IDisposable
{
    /// <summary>Room made before bytes arrive. A Content-Length is a claim: trusting it would let small requests tie up large buffers.</summary>
    private const int FirstRoom = 512 * 1024;

    private readonly int _length;
    private byte[]? _buffer;

    private BoundedBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>The body, to the byte.</summary>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsMemory(0, _length);
        }
    }

    /// <summary>Reads the whole body.</summary>
    /// <param name="time">Measures the deadline of <see cref="LimitsOptions.BodyTimeoutMilliseconds"/>.</param>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<BodyRead> ReadAsync(HttpRequest request, LimitsOptions limits, TimeProvider time, CancellationToken cancellationToken)
    {
        // What a middleware decompresses has no such header any more; what none did cannot be bounded here.
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
            return Refuse(request, FailureCode.UnsupportedMediaType, "Bodies must be sent without Content-Encoding.");
        if (request.ContentLength > limits.MaxBodyBytes)
            return TooLarge(request, limits);
        // The server then also stops the rest of an oversized body, which it would otherwise read to keep the connection. It counts the framing of
        // chunks too: an eighth is room for any sensible chunk size, and the end of one-byte chunks.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limits.MaxBodyBytes + (limits.MaxBodyBytes / 8L) + 4_096;

        if (TryReadArrived(request) is { } arrived)
            return new BodyRead(arrived, null);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(limits.BodyTimeoutMilliseconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(request.ContentLength ?? 16 * 1024, FirstRoom) + 1);
        bool kept = false;
        try
        {
            int length = 0;
            while (true)
            {
                int read = await request.Body.ReadAsync(buffer.AsMemory(length), either.Token);
                if (read == 0)
                    break;
                length += read;
                if (length > limits.MaxBodyBytes)
                    return TooLarge(request, limits);
                if (length == buffer.Length)
                    buffer = Grow(buffer, length);
            }
            kept = true;
            return new BodyRead(new BoundedBody(buffer, length), null);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Refuse(request, FailureCode.DeadlinePassed, $"The body did not arrive within {limits.BodyTimeoutMilliseconds} ms.");
        }
        catch (BadHttpRequestException error)
        {
            return error.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge(request, limits)
                : Refuse(request, FailureCode.MalformedRequest, "The body could not be read.");
        }
        finally
        {
            if (!kept)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A body that came in one piece with the head, as small ones do: nothing is waited for, so nothing needs a deadline.</summary>
    /// <returns>Null when some of it is still to come; then nothing was read.</returns>
    private static BoundedBody? TryReadArrived(HttpRequest request)
    {
        // The last byte read ends the body only where its length was announced.
        if (request.ContentLength is not (> 0 and <= FirstRoom and var length) || !request.BodyReader.TryRead(out var read))
            return null;
        if (read.Buffer.Length < length)
        {
            request.BodyReader.AdvanceTo(read.Buffer.Start);
            return null;
        }
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)length + 1);
        read.Buffer.CopyTo(buffer);
        request.BodyReader.AdvanceTo(read.Buffer.End);
        return new BoundedBody(buffer, (int)length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private static byte[] Grow(byte[] full, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(length * 2));
        full.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }

    private static BodyRead TooLarge(HttpRequest request, LimitsOptions limits) =>
        Refuse(request, FailureCode.BodyTooLarge, $"The body is larger than {limits.MaxBodyBytes} bytes.");

    private static BodyRead Refuse(HttpRequest request, FailureCode code, string text)
    {
        // The unread rest of the body makes the connection useless for another request.
        if (HttpProtocol.IsHttp11(request.Protocol) && !request.HttpContext.Response.HasStarted)
            request.HttpContext.Response.Headers[HeaderNames.Connection] = "close";
        return new BodyRead(null, new Failure(code, text));
    }
}

/// <summary>A body, or why it was not read; exactly one of the two.</summary>
/// <param name="Body">To be disposed by the caller.</param>
public readonly record struct BodyRead(BoundedBody? Body, Failure? Failure);
