using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.DicomWeb;
using MedAI.Models.Predictions;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>What a PACS can do wrong, and that the next good study works all the same.</summary>
public sealed class PacsFaultTests
{
    [Fact, Trait("promise", "S-46")]
    public async Task Frame_shorter_or_longer_than_declared_is_refused()
    {
        foreach (int difference in (int[])[-24, -2, -1, 1, 2, 24, 100_000])
        {
            await using var pacs = await FakePacs.StartAsync();
            byte[] frame = FakePacs.Frame;
            Array.Resize(ref frame, frame.Length + difference);
            foreach (bool multipart in (bool[])[true, false])
            {
                pacs.OnFrame = context => multipart ? FakePacs.WriteMultipartAsync(context, frame) : context.Response.Body.WriteAsync(frame).AsTask();
                if (!multipart)
                {
                    pacs.OnFrame = context =>
                    {
                        context.Response.ContentType = "application/octet-stream";
                        return context.Response.Body.WriteAsync(frame).AsTask();
                    };
                }
                await Refused(pacs, DicomWebErrorKind.FrameLengthWrong);
            }
        }
    }

    [Theory, Trait("promise", "M-286")]
    [InlineData("image/jp2")]
    [InlineData("image/jpeg")]
    [InlineData("image/jls")]
    [InlineData("image/dicom-rle")]
    [InlineData("video/mp4")]
    [InlineData("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90")]
    [InlineData("application/octet-stream; transfer-syntax=\"1.2.840.10008.1.2.1.99\"")]
    public async Task Compressed_frame_is_refused(string type)
    {
        await using var pacs = await FakePacs.StartAsync();
        // Even where the length happens to be right.
        pacs.OnFrame = context => FakePacs.WriteMultipartAsync(context, FakePacs.Frame, type);
        await Refused(pacs, DicomWebErrorKind.FrameCompressed);
        pacs.OnFrame = context =>
        {
            context.Response.ContentType = type;
            return context.Response.Body.WriteAsync(FakePacs.Frame).AsTask();
        };
        await Refused(pacs, DicomWebErrorKind.FrameCompressed);
    }

    [Fact, Trait("promise", "M-286")]
    public async Task Part_with_an_encoding_of_its_own_is_refused()
    {
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnFrame = context => FakePacs.WriteMultipartAsync(context, FakePacs.Frame, extraHeader: "Content-Encoding: gzip\r\n");
        await Refused(pacs, DicomWebErrorKind.FrameCompressed);
    }

    [Fact, Trait("promise", "S-51")]
    public async Task Broken_multipart_is_refused_and_bounded()
    {
        string type = "multipart/related; type=\"application/octet-stream\"";
        byte[] good = FakePacs.Frame;
        (string ContentType, Func<Stream, Task> Body)[] broken =
        [
            (type, s => Write(s, "--b\r\n\r\n")),
            (type + "; boundary=", s => Write(s, "--b\r\n\r\n")),
            (type + "; boundary=\"" + new string('b', 71) + "\"", s => Write(s, "--b\r\n\r\n")),
            (type + "; boundary=wrong", s => Write(s, "--b\r\n\r\n", good, "\r\n--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "--b\r\n\r\n", good)),
            (type + "; boundary=b", s => Write(s, "--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "")),
            (type + "; boundary=b", s => Write(s, "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n", good, "\r\n--c--\r\n--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "--b\r\nContent-Type: text/html\r\n\r\n", good, "\r\n--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "--b\r\nContent-Type: a type\r\n\r\n", good, "\r\n--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "--b\r\n\r\n", good, "\r\n--b\r\n\r\n", good, "\r\n--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "--b\r\n\r\n", good, "\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 1_000)))),
            (type + "; boundary=b", s => Write(s, "--b\r\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: y\r\n")) + "\r\n", good, "\r\n--b--\r\n")),
            (type + "; boundary=b", s => Write(s, "--b\r\nX: " + new string('y', 20_000) + "\r\n\r\n", good, "\r\n--b--\r\n")),
            ("multipart/form-data; boundary=b", s => Write(s, "--b\r\n\r\n", good, "\r\n--b--\r\n")),
            ("text/html", s => Write(s, "<html>Please log in</html>")),
            ("", s => Write(s, "", good)),
            ("nonsense", s => Write(s, "", good)),
        ];
        await using var pacs = await FakePacs.StartAsync();
        foreach (var (contentType, body) in broken)
        {
            pacs.OnFrame = context =>
            {
                context.Response.Headers.ContentType = contentType;
                return body(context.Response.Body);
            };
            await Refused(pacs, DicomWebErrorKind.FrameUnreadable, contentType);
        }
    }

    [Fact, Trait("promise", "S-51")]
    public async Task Parts_without_end_stop_at_the_size_of_the_frame()
    {
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnFrame = async context =>
        {
            context.Response.ContentType = "multipart/related; boundary=b";
            byte[] preamble = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("no boundary here\r\n", 1_000)));
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(preamble, context.RequestAborted);
        };
        await Refused(pacs, DicomWebErrorKind.FrameUnreadable);
    }

    [Theory, Trait("promise", "S-47")]
    [InlineData("<html><body>Please log in</body></html>", "text/html")]
    [InlineData("<html><body>Please log in</body></html>", "application/dicom+json")]
    [InlineData("{}", "application/dicom+json")]
    [InlineData("[]", "application/dicom+json")]
    [InlineData("[{},{}]", "application/dicom+json")]
    [InlineData("[7]", "application/dicom+json")]
    [InlineData("[{\"00080018\":", "application/dicom+json")]
    [InlineData("[{\"a\":1,\"a\":2}]", "application/dicom+json")]
    [InlineData("", "application/dicom+json")]
    public async Task Description_that_is_none_is_refused(string body, string type)
    {
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnMetadata = context => FakePacs.WriteJsonAsync(context, body, type);
        await Refused(pacs, DicomWebErrorKind.MetadataUnreadable);
    }

    [Fact, Trait("promise", "S-47")]
    public async Task Sequences_without_end_are_refused()
    {
        await using var pacs = await FakePacs.StartAsync();
        string deep = "[" + string.Concat(Enumerable.Repeat("{\"00081115\":{\"vr\":\"SQ\",\"Value\":[", 10_000));
        pacs.OnMetadata = context => FakePacs.WriteJsonAsync(context, deep);
        await Refused(pacs, DicomWebErrorKind.MetadataUnreadable);
        string wide = "[{" + string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"\"{i:X8}\":{{\"vr\":\"US\"}}")) + "}]";
        pacs.OnMetadata = context => FakePacs.WriteJsonAsync(context, wide);
        await Refused(pacs, DicomWebErrorKind.SourceFailed, cause: OutboundErrorKind.TooLarge);
    }

    [Theory, Trait("promise", "S-46")]
    [InlineData("00280010", "US", 0, AbstentionKind.UnreadableInput)]
    [InlineData("00280010", "UL", 4, AbstentionKind.UnreadableInput)]
    [InlineData("00280010", "US", 65536, AbstentionKind.UnreadableInput)]
    [InlineData("00280010", "US", -1, AbstentionKind.UnreadableInput)]
    [InlineData("00280100", "US", 1, AbstentionKind.OneBitImage)]
    [InlineData("00280100", "US", 12, AbstentionKind.UnsupportedPixelFormat)]
    [InlineData("00280100", "US", 64, AbstentionKind.UnsupportedPixelFormat)]
    [InlineData("00280101", "US", 17, AbstentionKind.UnsupportedPixelFormat)]
    [InlineData("00280102", "US", 16, AbstentionKind.UnreadableInput)]
    [InlineData("00280002", "US", 255, AbstentionKind.ColourImage)]
    [InlineData("00280002", "US", 3, AbstentionKind.ColourImage)]
    [InlineData("00280008", "IS", 2, AbstentionKind.MultiFrameImage)]
    [InlineData("00280008", "IS", 0, AbstentionKind.UnreadableInput)]
    public async Task Impossible_layout_is_refused_before_pixels_are_asked_for(string tag, string vr, int value, AbstentionKind kind)
    {
        await using var pacs = await FakePacs.StartAsync(FakePacs.Image().Set(tag, vr, value));
        await using var images = Images.From(pacs);
        var read = await images.ReadAsync();
        Assert.Contains(kind, read.One.Outcome.Reasons.Select(r => r.Kind));
        Assert.Equal([FakePacs.ImagePath + "/metadata"], pacs.Asked);
    }

    [Fact, Trait("promise", "S-46")]
    public async Task Frame_of_gigabytes_is_refused_before_memory_is_taken()
    {
        await using var pacs = await FakePacs.StartAsync(FakePacs.Image().Set("00280010", "US", 65_535).Set("00280011", "US", 65_535));
        await using var images = Images.From(pacs);
        long before = GC.GetTotalAllocatedBytes();
        var read = await images.ReadAsync();
        Assert.Equal(AbstentionKind.ImageTooLarge, Assert.Single(read.One.Outcome.Reasons).Kind);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
        Assert.Equal([FakePacs.ImagePath + "/metadata"], pacs.Asked);
        // The site's own limit is below what the pipeline could take.
        await using var smaller = Images.From(await FakePacs.StartAsync(FakePacs.Image().Set("00280010", "US", 1_000).Set("00280011", "US", 1_000)), (options, _) => options.MaxFrameBytes = 1_024);
        Assert.Equal(DicomWebErrorKind.ImageTooLarge, (await smaller.ReadAsync()).One.Outcome.Error?.Kind);
    }

    [Theory, Trait("promise", "S-46")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_of_gigabytes_is_not_read(bool metadata)
    {
        await using var pacs = await FakePacs.StartAsync();
        Func<HttpContext, Task> huge = async context =>
        {
            context.Response.ContentType = metadata ? "application/dicom+json" : "multipart/related; boundary=b";
            context.Response.ContentLength = 10L << 30;
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        (pacs.OnMetadata, pacs.OnFrame) = (metadata ? huge : null, metadata ? null : huge);
        await Refused(pacs, metadata ? DicomWebErrorKind.SourceFailed : DicomWebErrorKind.FrameLengthWrong, cause: metadata ? OutboundErrorKind.TooLarge : null);
    }

    [Theory, Trait("promise", "S-45")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compressed_answer_that_expands_without_measure_is_cut_off(bool metadata)
    {
        using var memory = new MemoryStream();
        await using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] block = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
            await gzip.WriteAsync("["u8.ToArray(), TestContext.Current.CancellationToken);
            for (int i = 0; i < 200; i++)
                await gzip.WriteAsync(block, TestContext.Current.CancellationToken);
        }
        byte[] bomb = memory.ToArray();
        await using var pacs = await FakePacs.StartAsync();
        Func<HttpContext, Task> send = async context =>
        {
            context.Response.ContentType = metadata ? "application/dicom+json" : "application/octet-stream";
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(bomb, context.RequestAborted);
        };
        (pacs.OnMetadata, pacs.OnFrame) = (metadata ? send : null, metadata ? null : send);
        await Refused(pacs, metadata ? DicomWebErrorKind.SourceFailed : DicomWebErrorKind.FrameLengthWrong, cause: metadata ? OutboundErrorKind.TooLarge : null);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Whole_answer_may_be_compressed()
    {
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnFrame = async context =>
        {
            using var memory = new MemoryStream();
            await using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
                await gzip.WriteAsync(FakePacs.Frame);
            context.Response.ContentType = "application/octet-stream";
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(memory.ToArray());
        };
        await using var images = Images.From(pacs);
        Assert.Equal(FakePacs.Frame, (await images.ReadAsync()).One.Frame);
    }

    [Theory, Trait("promise", "M-290")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Broken_connection_is_survived_once(bool inBody)
    {
        int asked = 0;
        await using var pacs = await FakePacs.StartAsync();
        pacs.OnFrame = context => Interlocked.Increment(ref asked) == 1 ? BreakAsync(context, inBody) : FakePacs.WriteMultipartAsync(context, FakePacs.Frame);
        await using var images = Images.From(pacs);
        Assert.Equal(FakePacs.Frame, (await images.ReadAsync()).One.Frame);
        Assert.Equal(2, asked);
        pacs.OnFrame = context => BreakAsync(context, inBody);
        await Refused(pacs, DicomWebErrorKind.SourceFailed, cause: OutboundErrorKind.ConnectionLost);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task PACS_that_is_slow_silent_busy_failing_or_elsewhere_gives_its_reason_within_the_deadline()
    {
        await using var trap = await FakePacs.StartAsync();
        await using var pacs = await FakePacs.StartAsync();
        (Func<HttpContext, Task> Answer, OutboundErrorKind Cause)[] faults =
        [
            (context => Task.Delay(Timeout.Infinite, context.RequestAborted), OutboundErrorKind.DeadlinePassed),
            (async context =>
            {
                context.Response.ContentType = "application/octet-stream";
                foreach (byte b in FakePacs.Frame)
                {
                    await context.Response.Body.WriteAsync(new[] { b }, context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(50, context.RequestAborted);
                }
            }, OutboundErrorKind.TooSlow),
            (Status(503), OutboundErrorKind.Busy),
            (Status(500), OutboundErrorKind.ServerFailed),
            (Status(401), OutboundErrorKind.Unauthorised),
            (Status(404), OutboundErrorKind.NotFound),
            (context =>
            {
                context.Response.Redirect(trap.Base + FakePacs.ImagePath + "/frames/1");
                return Task.CompletedTask;
            }, OutboundErrorKind.Redirected),
        ];
        foreach (var (answer, cause) in faults)
        {
            pacs.OnFrame = answer;
            var watch = Stopwatch.StartNew();
            await using (var images = Images.From(pacs, (_, outbound) => (outbound.MinimumBytesPerSecond, outbound.SlowGraceMilliseconds) = (4_096, 200)))
            {
                var error = (await images.ReadAsync(milliseconds: 1_500)).One.Outcome.Error;
                Assert.Equal((DicomWebErrorKind.SourceFailed, cause), (error?.Kind, error?.Cause?.Kind));
                Assert.InRange(watch.ElapsedMilliseconds, 0, 6_000);
                pacs.OnFrame = null;
                Assert.Equal(FakePacs.Frame, (await images.ReadAsync()).One.Frame);
            }
        }
        Assert.Equal(0, trap.Upstream.Connections);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task One_bad_image_leaves_the_others_of_the_study()
    {
        string[] sops = ["1.2.3.300", "1.2.3.301", "1.2.3.302"];
        await using var pacs = await FakePacs.StartAsync([.. sops.Select(sop => FakePacs.Image(sop))]);
        pacs.OnFrame = context => context.Request.Path.Value!.Contains("1.2.3.301", StringComparison.Ordinal) ? BreakAsync(context, inBody: true) : FakePacs.WriteMultipartAsync(context, FakePacs.Frame);
        await using var images = Images.From(pacs);
        var read = await images.ReadAsync(Images.Study(sops));
        Assert.Equal([true, false, true], read.Images.Select(i => i.Frame is not null));
        Assert.Equal(OutboundErrorKind.ConnectionLost, read.Images[1].Outcome.Error?.Cause?.Kind);
    }

    [Fact, Trait("promise", "S-27")]
    public async Task Caller_that_leaves_stops_every_fetch()
    {
        string[] sops = [.. Enumerable.Range(300, 8).Select(i => $"1.2.3.{i}")];
        int running = 0;
        await using var pacs = await FakePacs.StartAsync([.. sops.Select(sop => FakePacs.Image(sop))]);
        pacs.OnFrame = async context =>
        {
            Interlocked.Increment(ref running);
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        };
        await using var images = Images.From(pacs);
        using var leave = new CancellationTokenSource(500);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => images.ReadAsync(Images.Study(sops), milliseconds: 60_000, leave: leave));
        for (int i = 0; i < 100 && Volatile.Read(ref running) > 0; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, Volatile.Read(ref running));
    }

    private static Func<HttpContext, Task> Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync("{\"message\":\"CANARY\"}");
    };

    private static async Task BreakAsync(HttpContext context, bool inBody)
    {
        if (inBody)
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = FakePacs.Frame.Length;
            await context.Response.Body.WriteAsync(FakePacs.Frame.AsMemory(0, 10));
            await context.Response.Body.FlushAsync();
            await Task.Delay(30);
        }
        context.Abort();
    }

    private static async Task Write(Stream stream, string begin, byte[]? middle = null, string? end = null, byte[]? more = null, string? last = null)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(begin));
        await stream.WriteAsync(middle);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(end ?? ""));
        await stream.WriteAsync(more);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(last ?? ""));
    }

    /// <summary>The image is refused for this reason, and a PACS that behaves again is read at once.</summary>
    private static async Task Refused(FakePacs pacs, DicomWebErrorKind kind, string? what = null, OutboundErrorKind? cause = null)
    {
        await using var images = Images.From(pacs);
        var error = (await images.ReadAsync()).One.Outcome.Error;
        Assert.True(error is not null, what);
        Assert.Equal((what, kind, cause), (what, error.Kind, error.Cause?.Kind));
        var (onMetadata, onFrame) = (pacs.OnMetadata, pacs.OnFrame);
        (pacs.OnMetadata, pacs.OnFrame) = (null, null);
        Assert.Equal(FakePacs.Frame, (await images.ReadAsync()).One.Frame);
        (pacs.OnMetadata, pacs.OnFrame) = (onMetadata, onFrame);
    }
}
