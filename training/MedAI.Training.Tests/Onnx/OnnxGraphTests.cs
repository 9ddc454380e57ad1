using MedAI.Training.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace MedAI.Training.Tests.Onnx;

public sealed class OnnxGraphTests
{
    [Fact]
    public void Graph_written_by_us_computes_the_same_in_onnx_runtime()
    {
        var graph = new OnnxGraph("affine");
        var x = graph.Input("x", "N", 3);
        var scaled = graph.Node("Mul", [x, graph.Weights("scale", [2, -1, 0.5f], 3)]);
        var sum = graph.Node("ReduceSum", [scaled, graph.Integers(1)], ("keepdims", 0));
        graph.Output("y", graph.Node("Add", [sum, graph.Scalar(10)]), "N");
        graph.Metadata("made_by", "a test");

        using var session = new InferenceSession(graph.ToBytes());
        using var input = OrtValue.CreateTensorValueFromMemory<float>([1, 2, 4, 0, 3, -2], [2, 3]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["x"], [input], ["y"]);

        Assert.Equal([12f, 6f], outputs[0].GetTensorDataAsSpan<float>().ToArray());
        Assert.Equal(["N", ""], session.InputMetadata["x"].SymbolicDimensions);
        Assert.Equal("a test", session.ModelMetadata.CustomMetadataMap["made_by"]);
    }

    [Fact]
    public void Integer_list_attributes_and_indices_arrive_in_onnx_runtime()
    {
        var graph = new OnnxGraph("turn");
        var x = graph.Input("x", "N", "T");
        var turned = graph.Node("Transpose", [x], ("perm", new long[] { 1, 0 }));
        graph.Output("last", graph.Node("Gather", [turned, graph.Index(-1)], ("axis", 0)), "N");

        using var session = new InferenceSession(graph.ToBytes());
        using var input = OrtValue.CreateTensorValueFromMemory<float>([1, 2, 3, 4, 5, 6], [2, 3]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["x"], [input], ["last"]);

        Assert.Equal([3f, 6f], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void Attribute_of_an_unknown_type_is_refused() =>
        Assert.Throws<ArgumentException>(() => new OnnxGraph("g").Node("Relu", ["x"], ("a", DateTime.UnixEpoch)));

    [Theory]
    [InlineData(1L, new byte[] { 0x08, 0x01 })]
    [InlineData(300L, new byte[] { 0x08, 0xAC, 0x02 })]
    [InlineData(-1L, new byte[] { 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    public void Whole_numbers_are_written_as_varints(long value, byte[] expected) =>
        Assert.Equal(expected, new ProtobufWriter().Int(1, value).ToArray());
}
