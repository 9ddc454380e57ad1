using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MedAI.Testing;

/// <summary>A keep-alive HTTP/1.1 client that allocates nothing per call once it has seen its longest answer, so that what a call allocates is the server's.</summary>
public sealed class RawHttpClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[64 << 10];

    /// <param name="port">Port on 127.0.0.1.</param>
    public RawHttpClient(int port) => _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Bytes of a whole POST request, prepared once.</summary>
    /// <param name="bearer">Token of the Authorization header; null for none.</param>
    public static byte[] Post(string path, ReadOnlySpan<byte> json, string? bearer = null)
    {
        byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n{(bearer is null ? "" : $"Authorization: Bearer {bearer}\r\n")}\r\n"));
        return [.. head, .. json];
    }

    /// <summary>Sends prepared bytes and reads the whole answer.</summary>
    /// <returns>Status and body; the body is valid until the next call.</returns>
    /// <exception cref="InvalidDataException">The answer is not a plain HTTP/1.1 response.</exception>
    public (int Status, ReadOnlyMemory<byte> Body) Send(byte[] request)
    {
        for (int sent = 0; sent < request.Length;)
            sent += _socket.Send(request, sent, request.Length - sent, SocketFlags.None);
        int length = 0;
        int headEnd;
        while ((headEnd = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
            length += Receive(length);
        var head = _buffer.AsSpan(0, headEnd);
        if (!head.StartsWith("HTTP/1.1 "u8))
            throw new InvalidDataException("No HTTP/1.1 answer.");
        int status = ((head[9] - '0') * 100) + ((head[10] - '0') * 10) + head[11] - '0';
        int bodyStart = headEnd + 4;
        if (HeaderNumber(head, "Content-Length: "u8) is { } contentLength)
        {
            while (length < bodyStart + contentLength)
                length += Receive(length);
            return (status, _buffer.AsMemory(bodyStart, contentLength));
        }
        // Chunked: joined in place.
        int read = bodyStart;
        int write = bodyStart;
        while (true)
        {
            int lineEnd;
            while ((lineEnd = _buffer.AsSpan(read, length - read).IndexOf("\r\n"u8)) < 0)
                length += Receive(length);
            int chunk = 0;
            foreach (byte digit in _buffer.AsSpan(read, lineEnd))
                chunk = (chunk << 4) + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
            read += lineEnd + 2;
            while (length < read + chunk + 2)
                length += Receive(length);
            _buffer.AsSpan(read, chunk).CopyTo(_buffer.AsSpan(write));
            write += chunk;
            read += chunk + 2;
            if (chunk == 0)
                return (status, _buffer.AsMemory(bodyStart, write - bodyStart));
        }
    }

    public void Dispose() => _socket.Dispose();

    private int Receive(int offset)
    {
        if (offset == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        int got = _socket.Receive(_buffer, offset, _buffer.Length - offset, SocketFlags.None);
        return got > 0 ? got : throw new InvalidDataException("The server closed the connection.");
    }

    private static int? HeaderNumber(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        int at = head.IndexOf(name);
        if (at < 0)
            return null;
        int number = 0;
        foreach (byte digit in head[(at + name.Length)..])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                break;
            number = (number * 10) + digit - '0';
        }
        return number;
    }
}
