using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Inference;

/// <summary>A real session that counts its runs and can be held shut, so that requests pile up behind it.</summary>
internal sealed class GatedGraph : IModelGraph
{
    private readonly ModelSession _session;
    private readonly ManualResetEventSlim _gate = new(true);
    private readonly SemaphoreSlim _entered = new(0);

    public GatedGraph(ModelSession session) => _session = session;

    /// <summary>Rows of every run, in order.</summary>
    public List<int> Runs { get; } = [];

    public bool Disposed { get; private set; }

    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    /// <summary>A graph y = table[round(x)] + x with three table entries: whole x outside -3..2 makes the runtime fail.</summary>
    public static GatedGraph Lookup()
    {
        byte[] model = new TinyOnnx().Input("x", "N", "T")
            .Constant("table", [100, 200, 300], 3)
            .Node("ReduceMax", ["x"], ["top"], TinyOnnx.IntsAttribute("axes", 1), TinyOnnx.IntAttribute("keepdims", 0))
            .Node("Cast", ["top"], ["index"], TinyOnnx.IntAttribute("to", 7))
            .Node("Gather", ["table", "index"], ["entry"])
            .Node("Add", ["entry", "top"], ["y"])
            .Output("y", "N").ToBytes();
        return new GatedGraph(Open(model, ManifestTensor.Float32("x", "values", "N", "T"), ManifestTensor.Float32("y", "logit", "N")));
    }

    public static ModelSession Open(byte[] model, ManifestTensor input, ManifestTensor output)
    {
        ModelManifest manifest = TestManifest.Create("HR") with { Tensors = new ManifestTensors { Inputs = [input], Outputs = [output] } };
        (ModelSession? session, IReadOnlyList<ManifestProblem> problems) = ModelSession.Open(model, manifest, new InferenceOptions());
        Assert.Empty(problems);
        return session!;
    }

    public void Shut() => _gate.Reset();

    public void OpenGate() => _gate.Set();

    /// <summary>Completes when a run has begun.</summary>
    public Task Entered(CancellationToken cancellationToken) => _entered.WaitAsync(cancellationToken);

    public float[][] Run(IReadOnlyList<string> names, IReadOnlyList<Memory<float>> tensors, IReadOnlyList<int[]> rowShapes, int rows)
    {
        Runs.Add(rows);
        _entered.Release();
        _gate.Wait();
        return _session.Run(names, tensors, rowShapes, rows);
    }

    public void Dispose()
    {
        Disposed = true;
        _session.Dispose();
    }
}
