using MedAI.Models.Packages;

namespace MedAI.Testing;

/// <summary>An imaging model whose answers are known on paper, for <see cref="TestImagingManifest"/>.</summary>
/// <remarks>
/// With the image's mean m and the standard deviation s of its pixels (n): logit = 6 m - 2; members = logit + 1 and logit - 1; map = 2 by 2 means
/// times 3, minus 1; stranger score = 10 s; features = (m, s); bacterial logit = logit / 2 + 0.5.
/// </remarks>
public static class TinyImagingModel
{
    private const int Side = TestImagingManifest.Side;
    private const int MapSide = TestImagingManifest.MapSide;

    public static float Logit(double mean) => (float)(6 * mean - 2);

    /// <param name="tamper">Adds nodes that replace outputs; "raw_logit" [N], "raw_members" [N,2], "raw_cam" [N,4,4], "raw_ood" [N] are at hand. Null leaves them.</param>
    public static byte[] ToOnnx(Action<TinyOnnx>? tamper = null)
    {
        byte[] spatial = TinyOnnx.IntsAttribute("axes", 2, 3), flat = TinyOnnx.IntAttribute("keepdims", 0);
        var onnx = new TinyOnnx().Input("image", "N", 1, Side, Side)
            .Constant("six", [6], 1).Constant("two", [2], 1).Constant("one", [1], 1).Constant("half", [0.5f], 1).Constant("ten", [10], 1)
            .Constant("spread", [1, -1], 1, 2).Constant("kernel", [.. Enumerable.Repeat(3f / 4, 4)], 1, 1, 2, 2)
            .Constant("kernel_bias", [-1], 1)
            .Node("GlobalAveragePool", ["image"], ["mean4"])
            .Node("Flatten", ["mean4"], ["mean"])
            .Node("Mul", ["mean", "six"], ["mean6"]).Node("Sub", ["mean6", "two"], ["z"])
            .Node("Squeeze", ["z"], ["raw_logit"], TinyOnnx.IntsAttribute("axes", 1))
            .Node("Add", ["z", "spread"], ["raw_members"])
            .Node("Conv", ["image", "kernel", "kernel_bias"], ["map4"], TinyOnnx.IntsAttribute("strides", 2, 2))
            .Node("Squeeze", ["map4"], ["raw_cam"], TinyOnnx.IntsAttribute("axes", 1))
            .Node("Sub", ["image", "mean4"], ["centred"]).Node("Mul", ["centred", "centred"], ["squared"])
            .Node("ReduceMean", ["squared"], ["variance"], spatial, flat)
            .Node("Sqrt", ["variance"], ["deviation"])
            .Node("Mul", ["deviation", "ten"], ["ood2"])
            .Node("Squeeze", ["ood2"], ["raw_ood"], TinyOnnx.IntsAttribute("axes", 1))
            .Node("Concat", ["mean", "deviation"], ["features"], TinyOnnx.IntAttribute("axis", 1))
            .Node("Mul", ["raw_logit", "half"], ["raw_half"]).Node("Add", ["raw_half", "half"], ["bacterial_logit"]);
        (tamper ?? AsComputed)(onnx);
        return onnx.Node("Sigmoid", ["logit"], ["probability"])
            .Output("logit", "N").Output("probability", "N").Output("members", "N", 2).Output("cam", "N", MapSide, MapSide).Output("ood", "N")
            .Output("features", "N", 2).Output("bacterial_logit", "N").ToBytes();
    }

    /// <summary>Leaves every output as it was computed.</summary>
    public static void AsComputed(TinyOnnx onnx) => onnx.Node("Identity", ["raw_logit"], ["logit"]).Node("Identity", ["raw_members"], ["members"])
        .Node("Identity", ["raw_cam"], ["cam"]).Node("Identity", ["raw_ood"], ["ood"]);

    /// <summary>Outputs of some images on paper, in double precision.</summary>
    public static IReadOnlyDictionary<string, float[]> Answer(ReadOnlySpan<float> images)
    {
        int rows = images.Length / (Side * Side);
        var outputs = new Dictionary<string, float[]>
        {
            ["logit"] = new float[rows],
            ["probability"] = new float[rows],
            ["members"] = new float[2 * rows],
            ["cam"] = new float[MapSide * MapSide * rows],
            ["ood"] = new float[rows],
            ["features"] = new float[2 * rows],
            ["bacterial_logit"] = new float[rows],
        };
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> image = images.Slice(row * Side * Side, Side * Side);
            double sum = 0, squares = 0;
            foreach (float v in image)
                sum += v;
            double mean = sum / image.Length;
            foreach (float v in image)
                squares += (v - mean) * (v - mean);
            double deviation = Math.Sqrt(squares / image.Length), logit = 6 * mean - 2;
            outputs["logit"][row] = (float)logit;
            outputs["probability"][row] = (float)(1 / (1 + Math.Exp(-logit)));
            (outputs["members"][2 * row], outputs["members"][2 * row + 1]) = ((float)(logit + 1), (float)(logit - 1));
            outputs["ood"][row] = (float)(10 * deviation);
            (outputs["features"][2 * row], outputs["features"][2 * row + 1]) = ((float)mean, (float)deviation);
            outputs["bacterial_logit"][row] = (float)(logit / 2 + 0.5);
            for (int cell = 0; cell < MapSide * MapSide; cell++)
            {
                int at = 2 * (cell / MapSide) * Side + 2 * (cell % MapSide);
                outputs["cam"][row * MapSide * MapSide + cell] = (float)(((double)image[at] + image[at + 1] + image[at + Side] + image[at + Side + 1]) / 4 * 3 - 1);
            }
        }
        return outputs;
    }

    /// <summary>Cases of one to three made-up pictures with the outputs on paper.</summary>
    public static GoldenVectors Golden(int seed = 11)
    {
        var random = new Random(seed);
        return new GoldenVectors { SchemaVersion = "1.0", Tolerance = 1e-5, Cases = [.. Enumerable.Range(1, 3).Select(Case)] };

        GoldenCase Case(int rows)
        {
            float[] images = [.. Enumerable.Range(0, rows * Side * Side).Select(_ => random.NextSingle())];
            return new GoldenCase { Name = $"{rows} pictures", Rows = rows, Inputs = new Dictionary<string, float[]> { ["image"] = images }, Outputs = Answer(images) };
        }
    }

    /// <summary>The whole package on disk.</summary>
    public static TinyPackage Package(ModelManifest? manifest = null, Action<TinyOnnx>? tamper = null, GoldenVectors? golden = null, string? root = null) =>
        new(manifest ?? TestImagingManifest.Create(), ToOnnx(tamper), golden ?? Golden(), root);
}
