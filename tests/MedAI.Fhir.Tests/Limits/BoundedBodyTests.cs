using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedAI.Fhir.Tests.Limits;

/// <summary>Over real Kestrel, because half of the promise is the server's.</summary>
public sealed class BoundedBodyTests : IAsyncLifetime
{
    private const int Limit = 1_000_000;

    private readonly LimitsOptions _limits = new() { MaxBodyBytes = Limit, BodyTimeoutMilliseconds = 5_000 };
    private readonly HttpClient _client = new();
    private WebApplication _server = null!;
    private Uri _address = null!;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.MapPost("/", async (HttpContext context) =>
        {
            var (body, failure) = await BoundedBody.ReadAsync(context.Request, _limits, TimeProvider.System, context.RequestAborted);
            using (body)
            {
                context.Response.StatusCode = failure is null ? 200 : 400;
                return body is null ? failure!.Code.ToString() : Convert.ToHexString(SHA256.HashData(body.Memory.Span)) + " " + body.Memory.Length;
            }
        });
        await _server.StartAsync();
        _address = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(200_000, false)]
    [InlineData(200_000, true)]
    [InlineData(16_384, true)]
    [InlineData(524_289, false)]
    [InlineData(Limit, false)]
    [InlineData(Limit, true)]
    public async Task Body_up_to_the_limit_arrives_to_the_byte(int length, bool chunked)
    {
        byte[] sent = new byte[length];
        new Random(length).NextBytes(sent);

        var (status, text) = await SendAsync(new ByteArrayContent(sent), chunked);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($"{Convert.ToHexString(SHA256.HashData(sent))} {length}", text);
    }

    [Theory, Trait("promise", "S-31")]
    [InlineData(Limit + 1, true)]
    [InlineData(3 * Limit, true)]
    [InlineData(Limit + 1, false)]
    public async Task Body_over_the_limit_is_refused(int length, bool chunked)
    {
        var (status, text) = await SendAsync(new ByteArrayContent(new byte[length]), chunked);

        Assert.Equal((HttpStatusCode.BadRequest, nameof(FailureCode.BodyTooLarge)), (status, text));
    }

    [Fact, Trait("promise", "S-31")]
    public async Task Announced_length_over_the_limit_is_refused_before_a_byte_is_sent_and_the_connection_closed()
    {
        using var connection = await ConnectAsync();
        await connection.SendAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {Limit + 1}\r\n\r\n"), None);

        string answer = await ReadToEndAsync(connection);

        Assert.Contains(nameof(FailureCode.BodyTooLarge), answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "S-31")]
    public async Task Endless_one_byte_chunks_end_at_the_limit()
    {
        using var connection = await ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), None);
        byte[] chunks = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\r\nx\r\n", 10_000)));
        var answer = ReadToEndAsync(connection);
        int sent = 0;
        try
        {
            // Three times the limit, as long as the server listens.
            for (; sent < 300 && !answer.IsCompleted; sent++)
                await connection.SendAsync(chunks, None);
        }
        catch (SocketException)
        {
            // The server hung up, which is what the limit is for.
        }

        Assert.True(sent < 300, "The server read on past the limit.");
        Assert.Contains(nameof(FailureCode.BodyTooLarge), await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_that_dribbles_past_the_deadline_is_refused()
    {
        _limits.BodyTimeoutMilliseconds = 200;
        using var connection = await ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray(), None);
        var watch = Stopwatch.StartNew();

        string answer = await ReadToEndAsync(connection);

        Assert.Contains(nameof(FailureCode.DeadlinePassed), answer, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.1, 20);
    }

    [Theory, Trait("promise", "S-32")]
    [InlineData("gzip", nameof(FailureCode.UnsupportedMediaType))]
    [InlineData("identity, br", nameof(FailureCode.UnsupportedMediaType))]
    public async Task Encoded_body_is_refused_unread(string encoding, string expected)
    {
        var content = new ByteArrayContent(new byte[100]);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        Assert.Equal((HttpStatusCode.BadRequest, expected), await SendAsync(content, chunked: false));
    }

    [Fact]
    public async Task Claimed_length_alone_ties_up_no_large_buffer()
    {
        _limits.MaxBodyBytes = 200_000_000;
        // Counted for the whole process, where other tests allocate too: honoured, the twenty claims would be two gigabytes.
        long before = GC.GetTotalAllocatedBytes(precise: true);
        var connections = new List<Socket>();
        for (int i = 0; i < 20; i++)
        {
            var connection = await ConnectAsync();
            await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nx"u8.ToArray(), None);
            connections.Add(connection);
        }
        await Task.Delay(300, None);
        long after = GC.GetTotalAllocatedBytes(precise: true);
        connections.ForEach(c => c.Dispose());

        // The counter can step back when threads end; only its growth says something.
        Assert.True(after - before < 1_000_000_000, $"{after - before} bytes");
    }

    [Fact]
    public async Task Disposed_body_cannot_be_read()
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream("{}"u8.ToArray());
        var (body, _) = await BoundedBody.ReadAsync(context.Request, _limits, TimeProvider.System, None);
        Assert.Equal("{}"u8.ToArray(), body!.Memory.ToArray());

        body.Dispose();
        body.Dispose();

        Assert.Throws<ObjectDisposedException>(() => body.Memory);
    }

    [Fact]
    public async Task Caller_that_has_gone_is_not_a_failure_value()
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream("{}"u8.ToArray());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await BoundedBody.ReadAsync(context.Request, _limits, TimeProvider.System, new CancellationToken(canceled: true)));
    }

    private async Task<(HttpStatusCode, string)> SendAsync(HttpContent content, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        // As a client that sends a large body does: it waits for the go-ahead, so that a refusal is not lost in a reset.
        request.Headers.ExpectContinue = !chunked;
        using var response = await _client.SendAsync(request, None);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(None));
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _address.Port, None);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, None) is > 0 and var read)
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // A reset after the answer.
        }
        return text.ToString();
    }
}
