using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Inference;

public sealed class ModelSessionTests
{
    private static readonly ModelManifest s_manifest = TestManifest.Create("HR", "K", "MechVent");

    private static IReadOnlyList<ManifestProblem> Problems(byte[] model, ModelManifest? manifest = null)
    {
        (ModelSession? session, IReadOnlyList<ManifestProblem> problems) = ModelSession.Open(model, manifest ?? s_manifest, new InferenceOptions());
        using (session)
            Assert.Equal(problems.Count == 0, session is not null);
        return problems;
    }

    private static ModelManifest WithInput(int index, Func<ManifestTensor, ManifestTensor> change) => s_manifest with
    {
        Tensors = s_manifest.Tensors with { Inputs = [.. s_manifest.Tensors.Inputs.Select((t, i) => i == index ? change(t) : t)] },
    };

    [Fact]
    public void Declared_tensors_are_accepted() => Assert.Empty(Problems(new AffineModel(s_manifest).ToOnnx()));

    [Fact, Trait("promise", "P-04")]
    public void Wrong_names_are_told_on_both_sides()
    {
        IReadOnlyList<ManifestProblem> problems = Problems(new AffineModel(s_manifest).ToOnnx(), WithInput(1, t => t with { Name = "mask" }));
        Assert.Equal(["$.tensors.inputs[1].name", "$.tensors.inputs"], problems.Select(p => p.Path));
    }

    [Fact, Trait("promise", "P-04")]
    public void Missing_output_is_told() => Assert.Equal("$.tensors.outputs[1].name",
        Assert.Single(Problems(new AffineModel(s_manifest).ToOnnx(o => o.Node("Identity", ["z"], ["logit"]).Output("logit", "N")))).Path);

    [Fact, Trait("promise", "P-04")]
    public void Wrong_number_of_series_is_told() => Assert.Equal("$.tensors.inputs[0].shape",
        Assert.Single(Problems(new AffineModel(s_manifest).ToOnnx(), WithInput(0, t => ManifestTensor.Float32(t.Name, t.Role, "N", "T", "4")))).Path);

    [Fact, Trait("promise", "P-04")]
    public void Wrong_rank_is_told() => Assert.Equal("$.tensors.inputs[3].shape",
        Assert.Single(Problems(new AffineModel(s_manifest).ToOnnx(), WithInput(3, t => ManifestTensor.Float32(t.Name, t.Role, "N", "T", "11")))).Path);

    [Fact, Trait("promise", "P-04")]
    public void Rows_that_are_fixed_in_the_graph_are_told()
    {
        byte[] model = new TinyOnnx().Input("x", 1, 2).Node("Identity", ["x"], ["logit"]).Output("logit", 1, 2).ToBytes();
        ModelManifest manifest = s_manifest with { Tensors = new ManifestTensors { Inputs = [ManifestTensor.Float32("x", "values", "N", "2")], Outputs = [ManifestTensor.Float32("logit", "logit", "N", "2")] } };
        Assert.Equal(["$.tensors.inputs[0].shape", "$.tensors.outputs[0].shape"], Problems(model, manifest).Select(p => p.Path));
    }

    [Fact, Trait("promise", "P-04")]
    public void Wrong_element_type_is_told()
    {
        byte[] model = new AffineModel(s_manifest).ToOnnx(o => o.Node("Cast", ["z"], ["logit"], TinyOnnx.IntAttribute("to", 7)).Node("Sigmoid", ["z"], ["probability"])
            .IntegerOutput("logit", "N").Output("probability", "N"));
        Assert.Equal("$.tensors.outputs[0].type", Assert.Single(Problems(model)).Path);
    }

    [Fact, Trait("promise", "P-04")]
    public void Graph_that_the_runtime_cannot_load_is_told_without_its_words()
    {
        ManifestProblem problem = Assert.Single(Problems(new AffineModel(s_manifest).ToOnnx(o => o.Node("NoSuchOperator", ["z"], ["logit"]).Output("logit", "N"))));
        Assert.Equal("model.onnx", problem.Path);
        Assert.DoesNotContain("NoSuchOperator", problem.Message);
    }

    [Fact, Trait("promise", "P-09")]
    public void Missing_cuda_falls_back_to_the_cpu_and_says_so()
    {
        (ModelSession? session, IReadOnlyList<ManifestProblem> problems) =
            ModelSession.Open(new AffineModel(s_manifest).ToOnnx(), s_manifest, new InferenceOptions { ExecutionProvider = ExecutionProvider.Cuda });
        using (session)
        {
            Assert.Empty(problems);
            Assert.Equal(ExecutionProvider.Cuda, session!.Provider.Requested);
            // The default build has no CUDA provider; a build that has one on a machine with a device uses it.
            Assert.Equal(session.Provider.Used == ExecutionProvider.Cpu, session.Provider.Reason is not null);
        }
    }
}
