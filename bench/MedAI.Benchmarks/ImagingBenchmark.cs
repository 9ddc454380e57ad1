using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Benchmarks;

/// <summary>What is ours between a fetched frame and an outcome, beside the model's own run; and each step over a large image beside a plain sum of its pixels.</summary>
internal static class ImagingBenchmark
{
    /// <summary>What we promise: our own share of eight small images at once, and passes per step over a large one.</summary>
    private const double MostShare = 0.3;
    private const double MostPasses = 3;

    private const int AtOnce = 8;
    private const int Small = 224;
    private const int Large = 2000;
    private const int WarmUp = 20;
    private const int LargeRounds = 40;

    public static string Run(BenchServer server, int rounds)
    {
        var model = server.Services.GetRequiredService<IModelCatalog>().ImagingModels[0];
        var eight = AtOnceAgainstRaw(model, rounds);
        var shares = new Quantiles(eight.Select(e => (e.Whole - e.Raw) / e.Raw));
        var works = new Quantiles(eight.Select(e => e.Own / e.Raw));
        double raw = new Quantiles(eight.Select(e => e.Raw)).Median, whole = new Quantiles(eight.Select(e => e.Whole)).Median;
        var (steps, wholes, sum, wide) = Steps(model);
        bool good = shares.Median <= MostShare && steps.All(s => s.Passes.Median <= MostPasses);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Images: our own code beside the model

            {Machine.Line()}

            {AtOnce} images of {Small} by {Small} pixels of 16 bits at once, each from its fetched frame to its outcome (gate, pixels, hash, queue, calibration, checks), against one
            `InferenceSession.Run` of {model.Package.Manifest.Id} {model.Package.Manifest.Version} over the same {AtOnce} inputs on one thread. {rounds} pairs, alternating in one process. PACS and network are left out.

            | | measured | promised |
            | --- | --- | --- |
            | **our own code as a share of the raw run** (whole less raw, over raw), median of the pairs | **{shares.Median:0.000}** (quartiles {shares.At(0.25):0.000} to {shares.At(0.75):0.000}) | at most {MostShare} |
            | the same work one image after another on one thread, without queue and waiting, over the raw run | {works.Median:0.000} (quartiles {works.At(0.25):0.000} to {works.At(0.75):0.000}) | |
            | whole time over raw time, ratio of the medians | {whole / raw:0.000} | |

            One image of {Large} by {Large} pixels of 16 bits, step by step on one thread, in passes: multiples of a plain sum over its pixels (`foreach` over the samples, added to a `long`). {LargeRounds} rounds, each step beside a sum of its own.

            | step | passes, median | quartiles |
            | --- | --- | --- |
            {Table(steps)}

            Promised: at most {MostPasses} passes for every step. For comparison, without a promise of their own:

            | from the frame to the model's input | passes, median | quartiles |
            | --- | --- | --- |
            {Table(wholes)}

            A sum by vector instructions takes {wide:0.00} of a plain one.

            {(good ? "All promises hold." : "A PROMISE IS BROKEN.")}

            Absolute times depend on the machine and its other tenants: here the raw run of {AtOnce} took {raw:0.00} ms, the whole {whole:0.00} ms, a plain sum over the large image {sum:0.00} ms (medians).

            Repeat: `dotnet run -c Release --project bench/MedAI.Benchmarks -- imaging --out bench/imaging.md`

            """);
    }

    private static string Table(IEnumerable<(string Name, Quantiles Passes)> lines) => string.Join('\n',
        lines.Select(l => string.Create(CultureInfo.InvariantCulture, $"| {l.Name} | {l.Passes.Median:0.00} | {l.Passes.At(0.25):0.00} to {l.Passes.At(0.75):0.00} |")));

    private static List<(double Raw, double Whole, double Own)> AtOnceAgainstRaw(IImagingModel model, int rounds)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, ExecutionMode = ExecutionMode.ORT_SEQUENTIAL, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        using var session = new InferenceSession(model.Package.ModelBytes.ToArray(), options);
        using var run = new RunOptions();
        string[] inputs = [model.Package.Manifest.Tensors.Inputs[0].Name], outputs = [.. model.Package.Manifest.Tensors.Outputs.Select(t => t.Name)];
        var resize = model.Package.Manifest.Imaging!.Resize;
        var pipeline = new PixelPipeline(model.Package.Manifest.Imaging!);
        var images = Enumerable.Range(0, AtOnce).Select(i => Chest(Small, i)).ToArray();
        var tensor = new float[AtOnce * pipeline.Length];
        for (int i = 0; i < AtOnce; i++)
            pipeline.Write(images[i], tensor.AsSpan(i * pipeline.Length, pipeline.Length));
        using var rows = OrtValue.CreateTensorValueFromMemory(tensor, [AtOnce, 1, resize.Rows, resize.Columns]);
        var measured = new List<(double, double, double)>(rounds);
        for (int i = -WarmUp; i < rounds; i++)
        {
            long t0 = Stopwatch.GetTimestamp();
            session.Run(run, inputs, [rows], outputs).Dispose();
            long t1 = Stopwatch.GetTimestamp();
            Task.WhenAll(images.Select(image => Task.Run(() => OutcomeAsync(model, image)))).GetAwaiter().GetResult();
            long t2 = Stopwatch.GetTimestamp();
            foreach (var image in images)
                model.Prepare(image, DateTimeOffset.UnixEpoch).Dispose();
            long t3 = Stopwatch.GetTimestamp();
            if (i >= 0)
                measured.Add((Milliseconds(t0, t1), Milliseconds(t1, t2), Milliseconds(t2, t3)));
        }
        return measured;
    }

    private static async Task OutcomeAsync(IImagingModel model, MedicalImage image)
    {
        using var prepared = model.Prepare(image, DateTimeOffset.UnixEpoch);
        if (prepared.Abstention is not null)
            throw new InvalidDataException("The gate refuses the image.");
        // A made-up picture is a stranger to the model and may be refused as one; the run and what follows are the same.
        if (await model.PredictAsync(prepared, DateTimeOffset.MaxValue, CancellationToken.None) is InferenceError error)
            throw new InvalidDataException("The model did not run: " + error.Kind);
    }

    private static (List<(string Step, Quantiles Passes)> Steps, List<(string Name, Quantiles Passes)> Wholes, double Sum, double WideSum) Steps(IImagingModel model)
    {
        var image = Chest(Large, 0);
        var frame = image.Frame;
        var stored = new StoredPixels(image.Attributes);
        var imaging = model.Package.Manifest.Imaging!;
        var minMax = imaging with { Intensity = imaging.Intensity with { Fallback = "min-max" } };
        var noWindow = new MedicalImage(image.Attributes with { Windows = [] }, frame);
        var table = new float[stored.Count];
        GreyTable.Fill(image.Attributes, imaging.Intensity, frame.Span, table);
        var present = new byte[stored.Count];
        var row = new float[Large];
        var grey = new float[Large * Large];
        for (int y = 0; y < Large; y++)
            stored.LookUp(frame.Span.Slice(y * Large * 2, Large * 2), table, grey.AsSpan(y * Large, Large));
        var small = new float[imaging.Resize.Rows * imaging.Resize.Columns];
        var wider = new float[Small * Small];
        var pipeline = new PixelPipeline(minMax);
        var sums = new List<double>();
        var wides = new List<double>();
        long check = 0;
        (string, Action)[] steps =
        [
            ("table of all 65,536 values, window given", () => GreyTable.Fill(image.Attributes, imaging.Intensity, frame.Span, table)),
            ("values that occur (only without a window)", () => stored.MarkPresent(frame.Span, present)),
            ("look-up of every pixel, row by row", () =>
            {
                for (int y = 0; y < Large; y++)
                    stored.LookUp(frame.Span.Slice(y * Large * 2, Large * 2), table, row);
            }),
            (string.Create(CultureInfo.InvariantCulture, $"resampling to {imaging.Resize.Rows} by {imaging.Resize.Columns}"), () => AreaResampler.Resize(grey, Large, Large, small, imaging.Resize.Rows, imaging.Resize.Columns)),
            (string.Create(CultureInfo.InvariantCulture, $"resampling to {Small} by {Small}"), () => AreaResampler.Resize(grey, Large, Large, wider, Small, Small)),
        ];
        (string, Action)[] whole =
        [
            ("all of them as one, window given", () => pipeline.Write(image, small)),
            ("all of them as one, without a window", () => pipeline.Write(noWindow, small)),
        ];
        var results = new List<(string, Quantiles)>();
        foreach (var (name, work) in steps.Concat(whole))
        {
            var passes = new List<double>();
            for (int i = -WarmUp; i < LargeRounds; i++)
            {
                long t0 = Stopwatch.GetTimestamp();
                check += Sum(MemoryMarshal.Cast<byte, ushort>(frame.Span));
                long t1 = Stopwatch.GetTimestamp();
                work();
                long t2 = Stopwatch.GetTimestamp();
                check += SumWide(MemoryMarshal.Cast<byte, ushort>(frame.Span));
                long t3 = Stopwatch.GetTimestamp();
                if (i < 0)
                    continue;
                passes.Add(Milliseconds(t1, t2) / Milliseconds(t0, t1));
                sums.Add(Milliseconds(t0, t1));
                wides.Add(Milliseconds(t2, t3) / Milliseconds(t0, t1));
            }
            results.Add((name, new Quantiles(passes)));
        }
        GC.KeepAlive(check);
        return (results[..steps.Length], results[steps.Length..], new Quantiles(sums).Median, new Quantiles(wides).Median);
    }

    private static long Sum(ReadOnlySpan<ushort> samples)
    {
        long sum = 0;
        foreach (ushort sample in samples)
            sum += sample;
        return sum;
    }

    private static long SumWide(ReadOnlySpan<ushort> samples)
    {
        long sum = 0;
        // 16-bit samples are added in 32 bits, few enough at a time that none is lost.
        while (samples.Length > 0)
        {
            var block = samples[..Math.Min(samples.Length, 1 << 14)];
            var total = System.Numerics.Vector<uint>.Zero;
            int at = 0;
            for (; at + System.Numerics.Vector<ushort>.Count <= block.Length; at += System.Numerics.Vector<ushort>.Count)
            {
                System.Numerics.Vector.Widen(new System.Numerics.Vector<ushort>(block[at..]), out var low, out var high);
                total += low + high;
            }
            sum += System.Numerics.Vector.Sum(total);
            for (; at < block.Length; at++)
                sum += block[at];
            samples = samples[block.Length..];
        }
        return sum;
    }

    /// <summary>A made-up film that the gate lets through: a smooth picture with noise over most of 16 bits.</summary>
    private static MedicalImage Chest(int side, int seed)
    {
        var random = new Random(seed);
        var samples = new ushort[side * side];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
                samples[(y * side) + x] = (ushort)(30_000 + (18_000 * Math.Sin((x + (7 * seed)) * 6.0 / side) * Math.Cos(y * 5.0 / side)) + random.Next(4_000));
        }
        return new MedicalImage(new ImageAttributes
        {
            Modality = "DX",
            BodyPart = "CHEST",
            ViewPosition = "PA",
            PatientAgeYears = 3,
            Rows = side,
            Columns = side,
            PhotometricInterpretation = "MONOCHROME2",
            BitsAllocated = 16,
            BitsStored = 16,
            HighBit = 15,
            RescaleSlope = 1,
            RescaleIntercept = 0,
            Windows = [new VoiWindow(32_768, 60_000)],
        }, MemoryMarshal.AsBytes(samples.AsSpan()).ToArray());
    }

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
