using System.Runtime.InteropServices;
using MedAI.Models.Images;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Models.Tests.Images;

public sealed class ImagingModelTests
{
    private static readonly DateTimeOffset s_asOf = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static ImagingModel Open(Action<TinyOnnx>? tamper = null, ModelManifest? manifest = null)
    {
        using TinyPackage files = TinyImagingModel.Package(manifest, tamper);
        (ModelPackage? package, IReadOnlyList<ManifestProblem> problems) = ModelPackage.Load(files.Folder);
        Assert.Empty(problems);
        (ModelSession? session, problems) = ModelSession.Open(package!, new InferenceOptions());
        Assert.Empty(problems);
        return new ImagingModel(package!, new ModelRunner(session!, "tiny", new InferenceOptions(), TimeProvider.System, NullLogger.Instance), NullLogger<ImagingModel>.Instance);
    }

    private static async Task<Outcome> PredictAsync(ImagingModel model, MedicalImage image)
    {
        using PreparedImage input = model.Prepare(image, s_asOf);
        Assert.Equal(input.Abstention is null ? 64 : 0, input.InputHash.Length);
        return await model.PredictAsync(input, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>Outputs as computed but one, which is another.</summary>
    private static Action<TinyOnnx> With(string output, Action<TinyOnnx> other) => onnx =>
    {
        foreach (string name in new[] { "logit", "members", "cam", "ood" }.Where(n => n != output))
            onnx.Node("Identity", [$"raw_{name}"], [name]);
        other(onnx);
    };

    private static Action<TinyOnnx> Times(string output, float factor) =>
        With(output, onnx => onnx.Constant("factor", [factor], 1).Node("Mul", [$"raw_{output}", "factor"], [output]));

    [Theory, Trait("promise", "M-239")]
    [InlineData(40, 0)]
    [InlineData(128, 30)]
    [InlineData(220, 20)]
    public async Task Estimate_findings_interval_band_and_map_are_the_models_answer_on_paper(int grey, int spread)
    {
        await using ImagingModel model = Open();
        var prediction = Assert.IsType<Prediction>(await PredictAsync(model, TestImages.Flat(grey, spread)));
        double logit = TinyImagingModel.Logit(grey / 255.0), risk = Sigmoid(0.8 * logit);
        Assert.Equal(2, prediction.Estimates.Count);
        Estimate main = prediction.Estimates[0], bacterial = prediction.Estimates[1];
        Assert.Equal(risk, main.Value.Value, 1e-6);
        Assert.Equal("current", main.Horizon);
        double half = 1.96 * 0.8 * Math.Sqrt(2);
        Assert.Equal(Sigmoid(0.8 * logit - half), main.Interval!.Value.Low.Value, 1e-6);
        Assert.Equal(Sigmoid(0.8 * logit + half), main.Interval.Value.High.Value, 1e-6);
        Assert.Equal(risk < 0.3 ? "low" : risk < 0.6 ? "moderate" : "high", main.Band!.Code);
        Assert.Equal(risk < 0.3 ? null : risk < 0.6 ? "sensitive" : "balanced", main.Threshold?.Id);

        double finding = Sigmoid(0.5 * (logit / 2 + 0.5) + 0.25);
        Assert.Equal(finding, bacterial.Value.Value, 1e-6);
        Assert.Equal("Bacterial pneumonia", bacterial.Outcome.Display);
        Assert.Equal(finding < 0.6 ? null : "likely", bacterial.Threshold?.Id);
        Assert.Null(bacterial.Interval);

        Artefact map = Assert.Single(prediction.Artefacts);
        Assert.Equal((Artefact.ActivationMap, 4, 4), (map.Kind, map.Shape![0], map.Shape[1]));
        float[] cells = MemoryMarshal.Cast<byte, float>(map.Bytes.Span).ToArray();
        Assert.Equal([.. Enumerable.Range(0, 16).Select(i => MathF.Round((grey + (i < 8 ? -spread : spread)) / 255f * 3 - 1, 4))], cells.Select(c => MathF.Round(c, 4)));
        Assert.Equal(("class-activation-map", 0), (prediction.Explanation.Method, prediction.Explanation.Contributions.Count));
        Assert.Equal((s_asOf, s_asOf, model.Identity), (prediction.AsOf, prediction.TimeZero, prediction.Model));
    }

    [Fact, Trait("promise", "M-239")]
    public async Task Remarks_of_the_gate_come_with_the_prediction()
    {
        await using ImagingModel model = Open();
        MedicalImage image = TestImages.Flat(128, 30);
        image = image with { Attributes = image.Attributes with { BodyPart = null, BurnedInAnnotation = true } };
        var prediction = Assert.IsType<Prediction>(await PredictAsync(model, image));
        Assert.Equal([ImageRemarks.BodyPartUnknown, ImageRemarks.BurnedInAnnotation], prediction.Quality.Remarks);
    }

    [Theory, Trait("promise", "M-240")]
    [InlineData(100, false)]
    [InlineData(104, true)]
    public async Task Stranger_is_refused_above_the_threshold(int spread, bool refused)
    {
        await using ImagingModel model = Open();
        Outcome outcome = await PredictAsync(model, TestImages.Flat(128, spread));
        Assert.Equal(refused, outcome is Abstention);
        if (outcome is Abstention abstention)
            Assert.Equal("out-of-distribution", Assert.Single(abstention.Reasons).Code);
    }

    [Theory, Trait("promise", "M-240")]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task Stranger_score_that_is_no_number_refuses(float factor)
    {
        await using ImagingModel model = Open(Times("ood", factor));
        var abstention = Assert.IsType<Abstention>(await PredictAsync(model, TestImages.Flat(128, 30)));
        Assert.Equal(AbstentionKind.OutOfDistribution, Assert.Single(abstention.Reasons).Kind);
    }

    [Theory, Trait("promise", "P-10")]
    [InlineData("logit", float.NaN)]
    [InlineData("logit", float.PositiveInfinity)]
    [InlineData("members", float.NaN)]
    [InlineData("cam", float.NaN)]
    [InlineData("ood", float.NegativeInfinity)]
    public async Task Output_that_cannot_be_true_is_an_error_of_ours(string output, float factor)
    {
        await using ImagingModel model = Open(Times(output, factor));
        Assert.Equal(new InferenceError(InferenceErrorKind.ImplausibleOutput), await PredictAsync(model, TestImages.Flat(128, 30)));
    }

    [Fact, Trait("promise", "M-240")]
    public async Task Refused_image_is_never_run()
    {
        await using ImagingModel model = Open();
        MedicalImage image = TestImages.Flat(128, 30);
        using PreparedImage adult = model.Prepare(image with { Attributes = image.Attributes with { PatientAgeYears = 44 } }, s_asOf);
        Assert.Equal(AbstentionKind.AgeOutsidePopulation, Assert.Single(adult.Abstention!.Reasons).Kind);
        Assert.Same(adult.Abstention, await model.PredictAsync(adult, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken));
        using PreparedImage cut = model.Prepare(image with { Frame = image.Frame[..^1] }, s_asOf);
        Assert.Equal(AbstentionKind.PixelDataMismatch, Assert.Single(cut.Abstention!.Reasons).Kind);
        Assert.Equal("pixel-data-mismatch", cut.Abstention.Reasons[0].Code);
    }

    [Fact, Trait("promise", "M-241")]
    public async Task Same_picture_has_the_same_hash_however_it_is_stored_and_another_pixel_another()
    {
        await using ImagingModel model = Open();
        MedicalImage bytes = TestImages.Flat(100, 20);
        ImageAttributes wide = bytes.Attributes with { BitsAllocated = 16, BitsStored = 12, HighBit = 11 };
        MedicalImage words = TestImages.Frame(wide, [.. bytes.Frame.ToArray().Select(b => (int)b)]);
        byte[] changed = bytes.Frame.ToArray();
        changed[17]++;
        Assert.Equal(Hash(bytes), Hash(words));
        Assert.Equal(Hash(bytes), Hash(bytes));
        Assert.NotEqual(Hash(bytes), Hash(bytes with { Frame = changed }));

        string Hash(MedicalImage image)
        {
            using PreparedImage input = model.Prepare(image, s_asOf);
            Assert.Null(input.Abstention);
            return input.InputHash;
        }
    }

    [Fact]
    public async Task Prepared_image_is_run_once()
    {
        await using ImagingModel model = Open();
        using PreparedImage input = model.Prepare(TestImages.Flat(128, 30), s_asOf);
        Assert.IsType<Prediction>(await model.PredictAsync(input, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidOperationException>(() => model.PredictAsync(input, DateTimeOffset.MaxValue, TestContext.Current.CancellationToken));
    }

    [Fact, Trait("promise", "P-02")]
    public async Task Late_or_cancelled_image_is_not_run()
    {
        await using ImagingModel model = Open();
        using PreparedImage late = model.Prepare(TestImages.Flat(128, 30), s_asOf);
        Assert.Equal(new InferenceError(InferenceErrorKind.DeadlinePassed), await model.PredictAsync(late, DateTimeOffset.MinValue, TestContext.Current.CancellationToken));
        using PreparedImage cancelled = model.Prepare(TestImages.Flat(128, 30), s_asOf);
        Assert.Equal(new InferenceError(InferenceErrorKind.Cancelled), await model.PredictAsync(cancelled, DateTimeOffset.MaxValue, new CancellationToken(true)));
    }

    [Fact, Trait("promise", "P-12")]
    public async Task Images_read_at_the_same_time_equal_their_single_readings()
    {
        await using ImagingModel model = Open();
        MedicalImage[] images = [.. Enumerable.Range(0, 64).Select(i => TestImages.Flat(60 + 2 * i, i % 40))];
        var single = new List<double>();
        foreach (MedicalImage image in images)
            single.Add(Value(await PredictAsync(model, image)));
        Outcome[] together = await Task.WhenAll(Enumerable.Range(0, 192).Select(i => Task.Run(() => PredictAsync(model, images[i % 64]))));
        for (int i = 0; i < together.Length; i++)
            Assert.Equal(single[i % 64], Value(together[i]), 1e-7);

        static double Value(Outcome outcome) => Assert.IsType<Prediction>(outcome).Estimates[0].Value.Value;
    }

    [Fact, Trait("promise", "M-236")]
    public async Task From_frame_to_tensor_nothing_large_is_allocated_once_warm()
    {
        await using ImagingModel model = Open();
        ImageAttributes large = TestImages.Chest(1200, 1000) with { BitsAllocated = 16, BitsStored = 14, HighBit = 13, Windows = [] };
        var frame = new byte[large.FrameBytes];
        new Random(5).NextBytes(frame);
        var image = new MedicalImage(large, frame);
        model.Prepare(image, s_asOf).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        model.Prepare(image, s_asOf).Dispose();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8192);
    }

    [Theory, Trait("promise", "M-333")]
    [InlineData(224, 224, 8)]
    [InlineData(224, 224, 16)]
    [InlineData(2000, 2000, 16)]
    public async Task From_frame_to_input_nothing_large_is_allocated_once_warm(int rows, int columns, int bits)
    {
        await using ImagingModel model = Open();
        ImageAttributes attributes = TestImages.Chest(rows, columns) with { BitsAllocated = bits, BitsStored = bits, HighBit = bits - 1, PhotometricInterpretation = "MONOCHROME1", PixelPaddingValue = 0 };
        var frame = new byte[attributes.FrameBytes];
        new Random(333).NextBytes(frame);
        MedicalImage[] images = [new(attributes, frame), new(attributes with { Windows = [] }, frame), new(attributes with { VoiLut = new LookupTable(0, 16, new ushort[65_536]) }, frame)];
        foreach (MedicalImage image in images)
            model.Prepare(image, s_asOf).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (MedicalImage image in images)
        {
            using PreparedImage prepared = model.Prepare(image, s_asOf);
            Assert.Null(prepared.Abstention);
        }
        // All of it is far below the size that goes to the heap of large objects (85,000 bytes), so that no single object can be there.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 3 * 8_192);
    }
}
