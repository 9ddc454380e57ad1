using System.IO.Compression;
using System.Net;
using MedAI.Fhir.Access.Outbound;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.Access.Outbound;

public sealed class OutboundGuardTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, Trait("promise", "S-22")]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_is_not_followed_and_the_credential_goes_nowhere_else(int status)
    {
        await using var trap = await FakeUpstream.StartAsync("caught");
        await using var pacs = await FakeUpstream.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = trap.Origin + "/latest/meta-data";
            return Task.CompletedTask;
        });
        var options = Ask.Trusting(pacs.Origin, trap.Origin);
        options.Origins[0].Bearer = "pacs-secret";
        using var guard = Ask.Guard(options);
        var result = await guard.Target(pacs.Origin + "/x").TextAsync(cancellationToken: Stop);
        Assert.Equal(OutboundErrorKind.Redirected, result.Error?.Kind);
        Assert.Equal(0, trap.Connections);
        Assert.Single(pacs.Requests);
    }

    [Theory, Trait("promise", "S-23")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("fe80::1")]
    [InlineData("169.254.169.254")]
    public async Task Name_that_means_an_internal_address_is_not_connected_to(string address)
    {
        await using var trap = await FakeUpstream.StartAsync("caught");
        var options = Ask.Trusting($"http://pacs.example.org:{trap.Port}");
        options.Origins[0].Internal = false;
        // One bad address among good ones spoils the name: the connection could go to any of them.
        var resolver = new ScriptedResolver([address], ["93.184.216.34", address]);
        using var guard = Ask.Guard(options, resolver);
        for (int i = 1; i <= 2; i++)
        {
            var result = await guard.Target($"http://pacs.example.org:{trap.Port}/").TextAsync(cancellationToken: Stop);
            Assert.Equal(OutboundErrorKind.ForbiddenAddress, result.Error?.Kind);
            Assert.Equal(i, resolver.Asked);
        }
        Assert.Equal(0, trap.Connections);
    }

    [Fact, Trait("promise", "S-23")]
    public async Task Checked_address_is_the_connected_one_and_every_connection_is_checked()
    {
        await using var pacs = await FakeUpstream.StartAsync(context =>
        {
            context.Response.Headers.Connection = "close";
            return context.Response.WriteAsync("here");
        });
        // The operating system knows no pacs.invalid: what answers was found by the one look-up that was checked.
        var resolver = new ScriptedResolver(["127.0.0.1"], ["169.254.169.254"]);
        using var guard = Ask.Guard(Ask.Trusting($"http://pacs.invalid:{pacs.Port}"), resolver);
        var target = guard.Target($"http://pacs.invalid:{pacs.Port}/");
        Assert.Equal("here", (await target.TextAsync(cancellationToken: Stop)).Value);
        Assert.Equal(1, resolver.Asked);
        Assert.Equal(OutboundErrorKind.ForbiddenAddress, (await target.TextAsync(cancellationToken: Stop)).Error?.Kind);
        Assert.Equal(1, pacs.Connections);
        Assert.Equal($"pacs.invalid:{pacs.Port}", Assert.Single(pacs.Requests).Headers["Host"]);
    }

    [Fact, Trait("promise", "M-281")]
    public async Task Credential_goes_to_its_origin_alone_and_into_no_log()
    {
        await using var first = await FakeUpstream.StartAsync("1");
        await using var second = await FakeUpstream.StartAsync("2");
        await using var third = await FakeUpstream.StartAsync("3");
        await using var bare = await FakeUpstream.StartAsync("4");
        var options = Ask.Trusting(first.Origin, second.Origin, third.Origin, bare.Origin);
        options.Origins[0].Bearer = "CANARY-bearer";
        (options.Origins[1].User, options.Origins[1].Password) = ("pacs-user", "CANARY-password");
        (options.Origins[2].Header, options.Origins[2].HeaderValue) = ("X-Api-Key", "CANARY-key");
        var log = new RememberingLog<OutboundGuard>();
        using var guard = Ask.Guard(options, log: log);
        foreach (var upstream in (FakeUpstream[])[first, second, third, bare])
            Assert.Null((await guard.Target(upstream.Origin + "/studies/CANARY-1.2.3?PatientID=CANARY").TextAsync(cancellationToken: Stop)).Error);
        Assert.Equal("Bearer CANARY-bearer", Assert.Single(first.Requests).Headers["Authorization"]);
        Assert.Equal("Basic " + Convert.ToBase64String("pacs-user:CANARY-password"u8), Assert.Single(second.Requests).Headers["Authorization"]);
        Assert.Equal("CANARY-key", Assert.Single(third.Requests).Headers["X-Api-Key"]);
        Assert.DoesNotContain("Authorization", third.Requests.First().Headers.Keys);
        Assert.DoesNotContain(Assert.Single(bare.Requests).Headers, h => h.Value.Contains("CANARY", StringComparison.Ordinal));
        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain("CANARY", log.All, StringComparison.Ordinal);
        Assert.DoesNotContain("traceparent", bare.Requests.First().Headers.Keys);
    }

    [Fact, Trait("promise", "M-281")]
    public async Task Token_of_a_caller_replaces_the_credential_and_can_be_sent_to_its_server_only()
    {
        await using var ehr = await FakeUpstream.StartAsync("1");
        await using var pacs = await FakeUpstream.StartAsync("2");
        var options = Ask.Trusting(ehr.Origin, pacs.Origin);
        options.Origins[0].Bearer = "configured";
        using var guard = Ask.Guard(options);
        var token = OutboundGuard.Bind(guard.Target(ehr.Origin + "/fhir", OutboundUse.Fhir), "lent");
        await guard.Target(ehr.Origin + "/fhir/Patient/1").TextAsync(token: token, cancellationToken: Stop);
        Assert.Equal("Bearer lent", Assert.Single(ehr.Requests).Headers["Authorization"]);
        await Assert.ThrowsAsync<ArgumentException>(() => guard.Target(pacs.Origin + "/x").TextAsync(token: token, cancellationToken: Stop));
        Assert.Equal(0, pacs.Connections);
        Assert.Throws<ArgumentException>(() => OutboundGuard.Bind(guard.Target(ehr.Origin), "a\r\nX-Evil: 1"));
        Assert.DoesNotContain("lent", $"{token}", StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Body_of_a_byte_per_moment_is_given_up()
    {
        await using var slow = await FakeUpstream.StartAsync(async context =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                await context.Response.WriteAsync("x", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(40, context.RequestAborted);
            }
        });
        var options = Ask.Trusting(slow.Origin);
        (options.MinimumBytesPerSecond, options.SlowGraceMilliseconds) = (1_024, 300);
        using var guard = Ask.Guard(options);
        Assert.Equal(OutboundErrorKind.TooSlow, (await guard.Target(slow.Origin).TextAsync(cancellationToken: Stop)).Error?.Kind);
    }

    [Theory, Trait("promise", "S-27")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deadline_ends_a_wait_for_head_and_body(bool head)
    {
        await using var silent = await FakeUpstream.StartAsync(async context =>
        {
            if (!head)
            {
                await context.Response.WriteAsync("begin", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var guard = Ask.Guard(Ask.Trusting(silent.Origin));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var result = await guard.Target(silent.Origin).TextAsync(milliseconds: 400, cancellationToken: Stop);
        Assert.Equal(OutboundErrorKind.DeadlinePassed, result.Error?.Kind);
        Assert.InRange(watch.ElapsedMilliseconds, 350, 5_000);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Deadline_follows_the_injected_clock()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var silent = await FakeUpstream.StartAsync(async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var clock = new HandClock();
        using var guard = Ask.Guard(Ask.Trusting(silent.Origin), time: clock);
        var waiting = guard.Target(silent.Origin).TextAsync(milliseconds: 3_600_000, time: clock, cancellationToken: Stop);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(OutboundErrorKind.DeadlinePassed, (await waiting.WaitAsync(TimeSpan.FromSeconds(10), Stop)).Error?.Kind);
        // Over before it begins: nothing is sent.
        Assert.Equal(OutboundErrorKind.DeadlinePassed, (await guard.Target(silent.Origin).TextAsync(milliseconds: 0, time: clock, cancellationToken: Stop)).Error?.Kind);
        Assert.Single(silent.Requests);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Body_that_says_it_is_huge_is_not_read()
    {
        await using var huge = await FakeUpstream.StartAsync(async context =>
        {
            context.Response.ContentLength = 10L << 30;
            await context.Response.Body.WriteAsync(new byte[1024], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var guard = Ask.Guard(Ask.Trusting(huge.Origin));
        var result = await guard.Target(huge.Origin).TextAsync(maxBytes: 1 << 20, cancellationToken: Stop);
        Assert.Equal(OutboundErrorKind.TooLarge, result.Error?.Kind);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Body_without_end_is_cut_at_the_limit()
    {
        // What the server believes to have sent says nothing: its writes go nowhere once the connection is closed.
        await using var endless = await FakeUpstream.StartAsync(async context =>
        {
            byte[] block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });
        using var guard = Ask.Guard(Ask.Trusting(endless.Origin));
        var (result, read) = await CountAsync(guard.Target(endless.Origin), 1 << 20);
        Assert.Equal(OutboundErrorKind.TooLarge, result.Error?.Kind);
        Assert.InRange(read, 1 << 19, 1 << 20);
    }

    [Theory, Trait("promise", "S-27"), Trait("promise", "S-45")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Decompression_bomb_ends_at_the_limit_of_decompressed_bytes(string encoding)
    {
        byte[] bomb = Compressed(encoding, 256 << 20);
        Assert.InRange(bomb.Length, 1, 3 << 20);
        await using var bomber = await FakeUpstream.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(bomb, context.RequestAborted);
        });
        using var guard = Ask.Guard(Ask.Trusting(bomber.Origin));
        var (result, read) = await CountAsync(guard.Target(bomber.Origin), 4 << 20);
        Assert.Equal(OutboundErrorKind.TooLarge, result.Error?.Kind);
        Assert.InRange(read, 1 << 20, 4 << 20);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Compressed_body_is_read()
    {
        byte[] body = Compressed("gzip", 100_000);
        await using var upstream = await FakeUpstream.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.Equal(100_000, (await guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)).Value!.Length);
    }

    [Theory, Trait("promise", "S-27")]
    [InlineData("gzip")]
    [InlineData("gzip, gzip")]
    [InlineData("zstd")]
    public async Task Encoding_that_lies_or_is_unknown_is_unreadable(string encoding)
    {
        await using var liar = await FakeUpstream.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            return context.Response.WriteAsync("not compressed at all");
        });
        using var guard = Ask.Guard(Ask.Trusting(liar.Origin));
        Assert.Equal(OutboundErrorKind.Unreadable, (await guard.Target(liar.Origin).TextAsync(cancellationToken: Stop)).Error?.Kind);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Head_of_a_megabyte_is_too_large()
    {
        await using var upstream = await FakeUpstream.StartAsync(context =>
        {
            for (int i = 0; i < 64; i++)
                context.Response.Headers[$"X-{i}"] = new string('a', 16 * 1024);
            return context.Response.WriteAsync("x");
        });
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.Equal(OutboundErrorKind.TooLarge, (await guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)).Error?.Kind);
    }

    [Theory, Trait("promise", "M-290"), Trait("promise", "S-27")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Broken_connection_is_tried_once_more(bool inBody)
    {
        int asked = 0;
        await using var upstream = await FakeUpstream.StartAsync(context =>
            Interlocked.Increment(ref asked) == 1 ? BreakAsync(context, inBody) : context.Response.WriteAsync("whole"));
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.Equal("whole", (await guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)).Value);
        Assert.Equal(2, asked);
    }

    [Theory, Trait("promise", "M-290"), Trait("promise", "S-27")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_that_breaks_twice_is_lost(bool inBody)
    {
        await using var upstream = await FakeUpstream.StartAsync(context => BreakAsync(context, inBody));
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.Equal(OutboundErrorKind.ConnectionLost, (await guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)).Error?.Kind);
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact, Trait("promise", "M-290")]
    public async Task Search_by_POST_is_not_repeated()
    {
        await using var upstream = await FakeUpstream.StartAsync(context => BreakAsync(context, inBody: false));
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.Equal(OutboundErrorKind.ConnectionLost, (await guard.Target(upstream.Origin).TextAsync(form: "a=b"u8.ToArray(), cancellationToken: Stop)).Error?.Kind);
        Assert.Equal("POST", Assert.Single(upstream.Requests).Method);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Busy_server_says_when_to_come_back()
    {
        await using var busy = await FakeUpstream.StartAsync(context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "7";
            return Task.CompletedTask;
        });
        using var guard = Ask.Guard(Ask.Trusting(busy.Origin));
        Assert.Equal(new OutboundError(OutboundErrorKind.Busy, 429, TimeSpan.FromSeconds(7)), (await guard.Target(busy.Origin).TextAsync(cancellationToken: Stop)).Error);
    }

    [Theory, Trait("promise", "S-27")]
    [InlineData(401, OutboundErrorKind.Unauthorised)]
    [InlineData(403, OutboundErrorKind.Unauthorised)]
    [InlineData(404, OutboundErrorKind.NotFound)]
    [InlineData(410, OutboundErrorKind.NotFound)]
    [InlineData(400, OutboundErrorKind.Rejected)]
    [InlineData(406, OutboundErrorKind.Rejected)]
    [InlineData(500, OutboundErrorKind.ServerFailed)]
    [InlineData(502, OutboundErrorKind.ServerFailed)]
    [InlineData(503, OutboundErrorKind.Busy)]
    public async Task Status_of_a_refusal_is_told_apart(int status, OutboundErrorKind kind)
    {
        await using var upstream = await FakeUpstream.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("CANARY: what the server says about it");
        });
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.Equal(new OutboundError(kind, status), (await guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)).Error);
        Assert.Single(upstream.Requests);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Server_with_another_name_on_its_certificate_is_refused()
    {
        using var certificate = FakeUpstream.WrongCertificate();
        await using var upstream = await FakeUpstream.StartAsync(context => context.Response.WriteAsync("x"), certificate);
        using var guard = Ask.Guard(Ask.Trusting(upstream.Origin));
        Assert.StartsWith("https://", upstream.Origin, StringComparison.Ordinal);
        Assert.Equal(OutboundErrorKind.TlsFailed, (await guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)).Error?.Kind);
        Assert.Empty(upstream.Requests);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Server_that_is_not_there_is_unreachable()
    {
        int port;
        await using (var gone = await FakeUpstream.StartAsync("x"))
            port = gone.Port;
        using var guard = Ask.Guard(Ask.Trusting($"http://127.0.0.1:{port}"));
        Assert.Equal(OutboundErrorKind.Unreachable, (await guard.Target($"http://127.0.0.1:{port}").TextAsync(cancellationToken: Stop)).Error?.Kind);
    }

    [Fact, Trait("promise", "M-282"), Trait("promise", "S-27")]
    public async Task Failing_server_is_left_alone_and_tried_again_by_one_call()
    {
        int status = 500;
        await using var upstream = await FakeUpstream.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref status);
            return Task.CompletedTask;
        });
        await using var healthy = await FakeUpstream.StartAsync("fine");
        var clock = new HandClock();
        var options = Ask.Trusting(upstream.Origin, healthy.Origin);
        (options.BreakAfterFailures, options.BreakMilliseconds) = (3, 10_000);
        using var guard = Ask.Guard(options, time: clock);
        async Task<OutboundErrorKind?> AskOnce() => (await guard.Target(upstream.Origin).TextAsync(time: clock, cancellationToken: Stop)).Error?.Kind;
        for (int i = 0; i < 3; i++)
            Assert.Equal(OutboundErrorKind.ServerFailed, await AskOnce());
        Assert.Equal(OutboundErrorKind.CircuitOpen, await AskOnce());
        Assert.Equal(3, upstream.Requests.Count);
        Assert.Equal("fine", (await guard.Target(healthy.Origin).TextAsync(time: clock, cancellationToken: Stop)).Value);
        clock.Advance(TimeSpan.FromSeconds(10));
        // Half open: one call tries, and its failure closes the door again.
        Assert.Equal(OutboundErrorKind.ServerFailed, await AskOnce());
        Assert.Equal(OutboundErrorKind.CircuitOpen, await AskOnce());
        Assert.Equal(4, upstream.Requests.Count);
        Volatile.Write(ref status, 200);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await AskOnce());
        Assert.Null(await AskOnce());
    }

    [Fact, Trait("promise", "M-282")]
    public async Task Only_one_call_tries_a_server_that_failed()
    {
        var clock = new HandClock();
        var breaker = new CircuitBreaker(1, TimeSpan.FromSeconds(1), clock);
        Assert.True(breaker.TryEnter());
        Assert.True(breaker.Fail());
        Assert.False(breaker.TryEnter());
        clock.Advance(TimeSpan.FromSeconds(1));
        bool[] entered = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(breaker.TryEnter)));
        Assert.Single(entered, e => e);
        // A caller that left says nothing: the next one may try.
        breaker.Abandon();
        Assert.True(breaker.TryEnter());
        breaker.Succeed();
        Assert.True(breaker.TryEnter());
    }

    [Fact, Trait("promise", "M-282")]
    public async Task No_more_calls_than_allowed_run_at_once()
    {
        await using var upstream = await FakeUpstream.StartAsync(async context =>
        {
            await Task.Delay(50, context.RequestAborted);
            await context.Response.WriteAsync("x", context.RequestAborted);
        });
        var options = Ask.Trusting(upstream.Origin);
        options.ParallelCallsPerOrigin = 3;
        using var guard = Ask.Guard(options);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => guard.Target(upstream.Origin).TextAsync(cancellationToken: Stop)));
        Assert.All(results, r => Assert.Equal("x", r.Value));
        Assert.InRange(upstream.MostAtOnce, 2, 3);
    }

    [Fact, Trait("promise", "M-282")]
    public async Task Caller_that_leaves_frees_its_place()
    {
        await using var upstream = await FakeUpstream.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await context.Response.WriteAsync("x", context.RequestAborted);
        });
        var options = Ask.Trusting(upstream.Origin);
        options.ParallelCallsPerOrigin = 1;
        using var guard = Ask.Guard(options);
        using var leave = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => guard.Target(upstream.Origin + "/slow").TextAsync(cancellationToken: leave.Token));
        Assert.Equal("x", (await guard.Target(upstream.Origin + "/quick").TextAsync(cancellationToken: Stop)).Value);
    }

    /// <summary>Reads to the end or the failure, and says how much was given out.</summary>
    private static async Task<(OutboundResult<bool> Result, long Read)> CountAsync(OutboundTarget target, long maxBytes)
    {
        long read = 0;
        var result = await OutboundGuard.AskAsync(target,
            new OutboundAsk { Accept = "*/*", MaxBytes = maxBytes, Deadline = TimeProvider.System.GetUtcNow().AddSeconds(30) },
            async (answer, stop) =>
            {
                byte[] block = new byte[64 * 1024];
                int got;
                while ((got = await answer.Body.ReadAsync(block, stop)) > 0)
                    read += got;
                return true;
            }, Stop);
        return (result, read);
    }

    private static async Task BreakAsync(HttpContext context, bool inBody)
    {
        if (inBody)
        {
            context.Response.ContentLength = 1_000_000;
            await context.Response.WriteAsync("a part of it");
            await context.Response.Body.FlushAsync();
            await Task.Delay(30);
        }
        context.Abort();
    }

    private static byte[] Compressed(string encoding, int zeros)
    {
        using var memory = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(memory, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(memory, CompressionLevel.Fastest),
            _ => new BrotliStream(memory, CompressionLevel.Fastest),
        })
        {
            byte[] block = new byte[1 << 16];
            for (int left = zeros; left > 0; left -= block.Length)
                stream.Write(block, 0, Math.Min(left, block.Length));
        }
        return memory.ToArray();
    }
}

/// <summary>Changes what the whole process would use as its proxy, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(ProxyOfTheProcess), DisableParallelization = true)]
public sealed class ProxyOfTheProcess;

[Collection(nameof(ProxyOfTheProcess))]
public sealed class OutboundProxyTests
{
    [Fact, Trait("promise", "S-22")]
    public async Task Proxy_of_the_process_is_not_used()
    {
        await using var trap = await FakeUpstream.StartAsync("caught");
        await using var pacs = await FakeUpstream.StartAsync("here");
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy(trap.Origin) { BypassProxyOnLocal = false };
        try
        {
            using var guard = Ask.Guard(Ask.Trusting($"http://pacs.invalid:{pacs.Port}"), new ScriptedResolver(["127.0.0.1"]));
            Assert.Equal("here", (await guard.Target($"http://pacs.invalid:{pacs.Port}/").TextAsync(cancellationToken: TestContext.Current.CancellationToken)).Value);
            Assert.Equal(0, trap.Connections);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }
}
