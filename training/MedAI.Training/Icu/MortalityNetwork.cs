using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MedAI.Training.Icu;

/// <summary>Sizes and rates of the recurrent network.</summary>
internal sealed record NetworkOptions
{
    public required int Series { get; init; }

    public required int Statics { get; init; }

    public int Hidden { get; init; } = 48;

    public int Summary { get; init; } = 32;

    public double Dropout { get; init; } = 0.3;

    public double SummaryDropout { get; init; } = 0.3;

    public static NetworkOptions Of(TrainingOptions options, InputScaling scaling) => new()
    {
        Series = scaling.A.Length,
        Statics = scaling.StaticMean.Length,
        Hidden = options.Hidden,
        Summary = options.Summary,
        Dropout = options.Dropout,
        SummaryDropout = options.SummaryDropout,
    };
}

/// <summary>Fixed scaling of inputs, part of the graph: z = clip(a x + c ln(1 + b max(x, 0)) + d).</summary>
internal sealed record InputScaling(float[] A, float[] B, float[] C, float[] D, float[] StaticMean, float[] StaticScale)
{
    /// <summary>Scaled values are held within plus and minus this many standard deviations.</summary>
    public const float Limit = 4f;

    /// <summary>ln(1 + 48): scales hours to 0..1 over the longest window.</summary>
    public static readonly float HoursScale = (float)(1 / Math.Log(49));
}

/// <summary>A gated recurrent unit over the hourly grid beside a summary of the whole window; one logit per stay.</summary>
/// <remarks>Inputs: values, observed, hours since [N, T, V]; statics [N, S]. Output: logit [N].</remarks>
internal sealed class MortalityNetwork : nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor>
{
    private readonly Tensor _a;
    private readonly Tensor _b;
    private readonly Tensor _c;
    private readonly Tensor _d;
    private readonly Tensor _staticMean;
    private readonly Tensor _staticScale;
    private readonly NetworkOptions _options;

    public MortalityNetwork(NetworkOptions options, InputScaling scaling)
        : base(nameof(MortalityNetwork))
    {
        _options = options;
        _a = tensor(scaling.A);
        _b = tensor(scaling.B);
        _c = tensor(scaling.C);
        _d = tensor(scaling.D);
        _staticMean = tensor(scaling.StaticMean);
        _staticScale = tensor(scaling.StaticScale);
        Start = nn.Linear(options.Statics, options.Hidden);
        Recurrent = nn.GRU(3 * options.Series, options.Hidden, numLayers: 1, batchFirst: true);
        Summary = nn.Linear((5 * options.Series) + options.Statics + 1, options.Summary);
        Head = nn.Linear(options.Hidden + options.Summary, 1);
        Wide = nn.Linear((5 * options.Series) + options.Statics + 1, 1);
        register_module(nameof(Start), Start);
        register_module(nameof(Recurrent), Recurrent);
        register_module(nameof(Summary), Summary);
        register_module(nameof(Head), Head);
        register_module(nameof(Wide), Wide);
        using var _ = no_grad();
        Wide.weight!.zero_();
        Wide.bias!.zero_();
    }

    public Linear Start { get; }

    public GRU Recurrent { get; }

    public Linear Summary { get; }

    public Linear Head { get; }

    public Linear Wide { get; }

    public override Tensor forward(Tensor values, Tensor observed, Tensor hoursSince, Tensor statics)
    {
        using var scope = NewDisposeScope();
        var z = ((values * _a) + (((values.clamp_min(0) * _b) + 1).log() * _c) + _d).clamp(-InputScaling.Limit, InputScaling.Limit);
        var age = (hoursSince + 1).log() * InputScaling.HoursScale;
        var s = (statics - _staticMean) * _staticScale;

        var state = Start.forward(s).tanh().unsqueeze(0);
        var (_, last) = Recurrent.call(cat([z, observed, age], 2), state);
        var h = last.squeeze(0);

        var summary = Summarise(z, observed, s);
        summary = nn.functional.dropout(summary, _options.SummaryDropout, training);
        var wide = Wide.forward(summary).squeeze(1);
        var g = Summary.forward(summary).relu();
        var joint = nn.functional.dropout(cat([h, g], 1), _options.Dropout, training);
        return (Head.forward(joint).squeeze(1) + wide).MoveToOuterDisposeScope();
    }

    /// <summary>Per variable: mean, highest and lowest of what was observed, the value carried to the end, and how often it was observed.</summary>
    private static Tensor Summarise(Tensor z, Tensor observed, Tensor s)
    {
        var zo = z * observed;
        var count = observed.sum(1);
        var any = count.clamp_max(1);
        var mean = zo.sum(1) / count.clamp_min(1);
        var absent = (observed - 1) * 10;
        var highest = (zo + absent).amax([1]) * any;
        var lowest = (zo - absent).amin([1]) * any;
        var final = z.select(1, -1);
        var often = (count + 1).log() * InputScaling.HoursScale;
        var elapsed = ((observed.narrow(2, 0, 1) * 0) + (1f / 48)).sum(1);
        return cat([mean, highest, lowest, final, often, s, elapsed], 1);
    }
}
