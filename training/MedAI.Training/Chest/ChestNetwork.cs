using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MedAI.Training.Chest;

/// <summary>A small residual network over a radiograph; a 1x1 convolution over the last maps gives the evidence maps, their mean the logits.</summary>
/// <remarks>Input [N, 1, side, side], 0..1. Output [N, 2]: pneumonia, and bacterial given pneumonia.</remarks>
internal sealed class ChestNetwork : nn.Module<Tensor, Tensor>
{
    public const float Tiny = 1e-3f;
    public const float LocalFloor = 0.2f;

    public ChestNetwork(ChestRecipe recipe)
        : base(nameof(ChestNetwork))
    {
        Recipe = recipe;
        Stem = new ConvolutionAndNorm(recipe.Channels.Length, recipe.Widths[0], 3, recipe.StemStride);
        var width = recipe.Widths[0];
        foreach (var next in recipe.Widths)
        {
            for (var b = 0; b < recipe.Blocks; b++)
            {
                Blocks.Add(new ResidualBlock(width, next, next != width ? 2 : 1));
                width = next;
            }
        }

        Head = Linear(width, 2);
        register_module("stem", Stem);
        register_module("blocks", Blocks);
        register_module("head", Head);
    }

    public ChestRecipe Recipe { get; }

    public ConvolutionAndNorm Stem { get; }

    public ModuleList<ResidualBlock> Blocks { get; } = [];

    public Linear Head { get; }

    public override Tensor forward(Tensor image)
    {
        using var scope = NewDisposeScope();
        var features = Features(image);
        if (Recipe.Dropout > 0)
            features = functional.dropout(features, Recipe.Dropout, training);
        return Head.forward(features).MoveToOuterDisposeScope();
    }

    /// <summary>Means of the last maps [N, F].</summary>
    public Tensor Features(Tensor image)
    {
        var x = Stem.forward(Normalise(image)).relu();
        foreach (var block in Blocks)
            x = block.forward(x);
        return x.mean([2, 3]);
    }

    private Tensor Normalise(Tensor image)
    {
        var x = Recipe.Pool > 1 ? functional.avg_pool2d(image, Recipe.Pool) : image;
        var mean = x.mean([1, 2, 3], keepdim: true);
        var centred = x - mean;
        var z = centred / (centred.square().mean([1, 2, 3], keepdim: true).sqrt() + Tiny);
        if (Recipe.Channels == "z")
            return z;
        var window = Window(Recipe);
        var offset = z - functional.avg_pool2d(z, window, 1, window / 2, count_include_pad: false);
        var spread = functional.avg_pool2d(offset.square(), window, 1, window / 2, count_include_pad: false).sqrt();
        var local = offset / (spread + LocalFloor);
        return Recipe.Channels == "l" ? local : cat([z, local], 1);
    }

    /// <summary>An odd quarter of the side.</summary>
    public static int Window(ChestRecipe recipe) => (recipe.Side / recipe.Pool / 4) | 1;
}

/// <summary>A convolution without bias and its batch normalisation.</summary>
internal sealed class ConvolutionAndNorm : nn.Module<Tensor, Tensor>
{
    public ConvolutionAndNorm(int from, int to, int kernel, int stride)
        : base(nameof(ConvolutionAndNorm))
    {
        Stride = stride;
        Convolution = Conv2d(from, to, kernel, stride: stride, padding: kernel / 2, bias: false);
        Norm = BatchNorm2d(to);
        register_module("convolution", Convolution);
        register_module("norm", Norm);
        init.kaiming_normal_(Convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
    }

    public int Stride { get; }

    public Conv2d Convolution { get; }

    public BatchNorm2d Norm { get; }

    public override Tensor forward(Tensor x) => Norm.forward(Convolution.forward(x));
}

/// <summary>Two convolutions around which the input is added back.</summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    public ResidualBlock(int from, int to, int stride)
        : base(nameof(ResidualBlock))
    {
        First = new ConvolutionAndNorm(from, to, 3, stride);
        Second = new ConvolutionAndNorm(to, to, 3, 1);
        Shortcut = from == to && stride == 1 ? null : new ConvolutionAndNorm(from, to, 1, stride);
        register_module("first", First);
        register_module("second", Second);
        if (Shortcut is not null)
            register_module("shortcut", Shortcut);
    }

    public ConvolutionAndNorm First { get; }

    public ConvolutionAndNorm Second { get; }

    public ConvolutionAndNorm? Shortcut { get; }

    public override Tensor forward(Tensor x) => (Second.forward(First.forward(x).relu()) + (Shortcut is null ? x : Shortcut.forward(x))).relu();
}
