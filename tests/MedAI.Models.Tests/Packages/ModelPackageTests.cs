using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Packages;

public sealed class ModelPackageTests : IDisposable
{
    private readonly TinyPackage _tiny = new(TestManifest.Create("HR", "K", "MechVent"));

    public void Dispose() => _tiny.Dispose();

    private IReadOnlyList<ManifestProblem> Problems(PackageLimits? limits = null)
    {
        (ModelPackage? package, IReadOnlyList<ManifestProblem> problems) = ModelPackage.Load(_tiny.Folder, limits ?? PackageLimits.Default);
        Assert.Equal(problems.Count == 0, package is not null);
        return problems;
    }

    private void Refer(Func<ManifestFiles, ManifestFiles> change) => _tiny.WriteManifest(_tiny.Manifest with { Files = change(_tiny.Manifest.Files) });

    [Fact, Trait("promise", "M-13")]
    public void Good_package_is_loaded_with_the_bytes_that_were_hashed()
    {
        ModelPackage package = Assert.IsType<ModelPackage>(ModelPackage.Load(_tiny.Folder).Package);
        Assert.Equal(File.ReadAllBytes(_tiny.File("model.onnx")), package.ModelBytes.ToArray());
        Assert.Equal(_tiny.Manifest.Files.Model.Sha256, package.ModelHash);
        Assert.Equal(3, package.Golden.Cases.Count);
    }

    [Fact, Trait("promise", "P-04")]
    public void Changed_model_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(_tiny.File("model.onnx"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(_tiny.File("model.onnx"), bytes);
        Assert.Equal("model.onnx", Assert.Single(Problems()).Path);
    }

    [Fact, Trait("promise", "P-04")]
    public void Truncated_model_is_refused_even_with_a_right_hash()
    {
        byte[] bytes = File.ReadAllBytes(_tiny.File("model.onnx"));
        ManifestFile cut = _tiny.Write("model.onnx", bytes[..(bytes.Length / 2)]);
        Refer(f => f with { Model = cut });
        Assert.Contains("well-formed", Assert.Single(Problems()).Message);
    }

    [Fact, Trait("promise", "P-04")]
    public void All_problems_of_files_and_manifest_are_told_at_once()
    {
        File.Delete(_tiny.File("golden.json"));
        File.WriteAllText(_tiny.File("model-card.json"), "");
        File.AppendAllText(_tiny.File("model.onnx"), "x");
        _tiny.WriteManifest(_tiny.Manifest with { Version = "one", Explanation = new ManifestExplanation("guess", 5) });
        Assert.Equivalent(new[] { "$.version", "$.explanation.method", "golden.json", "model-card.json", "model.onnx" }, Problems().Select(p => p.Path), strict: true);
    }

    [Fact, Trait("promise", "P-04")]
    public void Missing_manifest_is_refused()
    {
        File.Delete(_tiny.File("manifest.json"));
        Assert.Equal("manifest.json", Assert.Single(Problems()).Path);
        Assert.NotEmpty(ModelPackage.Load(Path.Combine(_tiny.Root, "nowhere")).Problems);
    }

    [Theory, Trait("promise", "P-04")]
    [InlineData("../secret.onnx")]
    [InlineData("a/../../../secret.onnx")]
    [InlineData("/etc/hostname")]
    [InlineData("..\\secret.onnx")]
    public void Path_out_of_the_package_is_refused_and_not_read(string path)
    {
        File.Copy(_tiny.File("model.onnx"), Path.Combine(_tiny.Root, _tiny.Manifest.Id, "secret.onnx"));
        Refer(f => f with { Model = f.Model with { Path = path } });
        Assert.Contains("$.files.model.path", Problems().Select(p => p.Path));
        var problems = new ProblemList();
        Assert.Null(new PackageFolder(_tiny.Folder).Read(path, int.MaxValue, problems));
        Assert.Equal(1, problems.Count);
    }

    [Fact, Trait("promise", "P-04")]
    public void Symbolic_link_in_place_of_a_file_is_refused()
    {
        File.Move(_tiny.File("model.onnx"), Path.Combine(_tiny.Root, "elsewhere.onnx"));
        File.CreateSymbolicLink(_tiny.File("model.onnx"), Path.Combine(_tiny.Root, "elsewhere.onnx"));
        Assert.Contains("symbolic link", Assert.Single(Problems()).Message);
    }

    [Fact, Trait("promise", "P-04")]
    public void Symbolic_link_in_place_of_a_folder_is_refused()
    {
        string outside = Directory.CreateDirectory(Path.Combine(_tiny.Root, "outside")).FullName;
        File.Move(_tiny.File("model.onnx"), Path.Combine(outside, "model.onnx"));
        Directory.CreateSymbolicLink(_tiny.File("weights"), outside);
        Refer(f => f with { Model = f.Model with { Path = "weights/model.onnx" } });
        Assert.Contains("symbolic link", Assert.Single(Problems()).Message);
    }

    [Fact, Trait("promise", "P-04")]
    public void Package_folder_that_is_a_link_is_refused()
    {
        string link = Path.Combine(_tiny.Root, _tiny.Manifest.Id, "2.0.0");
        Directory.CreateSymbolicLink(link, _tiny.Folder);
        Assert.Contains("symbolic link", Assert.Single(ModelPackage.Load(link).Problems).Message);
    }

    [Fact, Trait("promise", "P-04")]
    public void File_above_the_limit_is_refused()
    {
        int size = (int)new FileInfo(_tiny.File("model.onnx")).Length;
        Assert.Empty(Problems(PackageLimits.Default with { ModelBytes = size }));
        Assert.Equal("model.onnx", Assert.Single(Problems(PackageLimits.Default with { ModelBytes = size - 1 })).Path);
    }

    public static TheoryData<string> ExternalPlaces() => ["initializer", "sparse", "sparse-indices", "attribute", "subgraph", "function"];

    private static byte[] WithExternalData(string place)
    {
        byte[] external = TinyOnnx.ExternalTensor("weights", "../../etc/passwd", 4);
        byte[] inside = TinyOnnx.Tensor("weights", [1, 2, 3, 4], 4);
        byte[] constant = TinyOnnx.NodeBytes("Constant", [], ["c"], TinyOnnx.TensorAttribute("value", external));
        var onnx = new TinyOnnx();
        _ = place switch
        {
            "initializer" => onnx.Initializer(external),
            "sparse" => onnx.SparseInitializer(external, inside),
            "sparse-indices" => onnx.SparseInitializer(inside, external),
            "attribute" => onnx.Node("Constant", [], ["c"], TinyOnnx.TensorAttribute("value", external)),
            "subgraph" => onnx.Node("If", ["x"], ["y"], TinyOnnx.GraphAttribute("then_branch", TinyOnnx.Graph([constant], [inside]))),
            "function" => onnx.Function("f", constant),
            _ => throw new ArgumentOutOfRangeException(nameof(place)),
        };
        return onnx.ToBytes();
    }

    [Theory, Trait("promise", "P-04")]
    [MemberData(nameof(ExternalPlaces))]
    public void Tensor_whose_bytes_lie_in_another_file_is_refused(string place)
    {
        ManifestFile model = _tiny.Write("model.onnx", WithExternalData(place));
        Refer(f => f with { Model = model });
        Assert.Contains("\"weights\" keeps its data in another file", Assert.Single(Problems()).Message);
    }

    [Fact, Trait("promise", "P-04")]
    public void Model_that_nests_graphs_without_end_is_refused()
    {
        byte[] graph = TinyOnnx.Graph([], []);
        for (int i = 0; i < 200; i++)
            graph = TinyOnnx.Graph([TinyOnnx.NodeBytes("If", ["x"], ["y"], TinyOnnx.GraphAttribute("then_branch", graph))], []);
        Assert.Contains("deeply", OnnxExternalData.Fault(TinyOnnx.Field(7, graph)));
    }

    [Fact, Trait("promise", "P-04")]
    public void Random_bytes_are_refused_or_found_clean_but_never_crash()
    {
        byte[] good = File.ReadAllBytes(_tiny.File("model.onnx"));
        Assert.Null(OnnxExternalData.Fault(good));
        var random = new Random(3);
        for (int i = 0; i < 5000; i++)
        {
            byte[] bad = (byte[])good.Clone();
            for (int j = random.Next(1, 8); j > 0; j--)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            _ = OnnxExternalData.Fault(bad.AsSpan(0, random.Next(bad.Length + 1)));
        }
        Assert.NotNull(OnnxExternalData.Fault([]));
        Assert.NotNull(OnnxExternalData.Fault([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    }

    [Fact, Trait("promise", "M-14")]
    public void Golden_vectors_that_do_not_fit_the_manifest_are_told_with_their_paths()
    {
        GoldenVectors golden = _tiny.Affine.Golden();
        GoldenCase first = golden.Cases[0];
        golden = golden with
        {
            Tolerance = 1,
            Cases =
            [
                first with { Inputs = new Dictionary<string, float[]>(first.Inputs) { ["values"] = [1, 2], ["extra"] = [1] } },
                first with { Outputs = new Dictionary<string, float[]> { ["logit"] = first.Outputs["logit"] } },
                golden.Cases[2] with { Rows = 0 },
            ],
        };
        ManifestFile file = _tiny.Write("golden.json", GoldenWriter.ToUtf8(golden));
        Refer(f => f with { Golden = file });
        Assert.Equivalent(new[]
        {
            "golden.json:$.tolerance", "golden.json:$.cases[1]", "golden.json:$.cases[0].inputs.values", "golden.json:$.cases[0].inputs.extra",
            "golden.json:$.cases[1].outputs.probability", "golden.json:$.cases[2].rows",
        }, Problems().Select(p => p.Path), strict: true);
    }

    [Fact, Trait("promise", "M-14")]
    public void Golden_vectors_written_and_read_are_the_same_bit_for_bit()
    {
        var random = new Random(5);
        GoldenVectors golden = _tiny.Affine.Golden();
        GoldenCase odd = golden.Cases[0] with { Inputs = golden.Cases[0].Inputs.ToDictionary(i => i.Key, i => i.Value.Select(_ => BitConverter.Int32BitsToSingle(random.Next(0x7f7fffff))).ToArray()) };
        golden = golden with { Cases = [odd] };
        GoldenVectors read = Assert.IsType<GoldenVectors>(GoldenReader.Read(GoldenWriter.ToUtf8(golden), _tiny.Manifest).Golden);
        foreach ((string name, float[] values) in odd.Inputs)
            Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), read.Cases[0].Inputs[name].Select(BitConverter.SingleToInt32Bits));
    }

    [Fact, Trait("promise", "M-14")]
    public void Golden_number_beyond_32_bits_is_refused()
    {
        string text = System.Text.Encoding.UTF8.GetString(GoldenWriter.ToUtf8(_tiny.Affine.Golden())).Replace("\"logit\":[", "\"logit\":[1e39,", StringComparison.Ordinal);
        Assert.Contains(GoldenReader.Read(System.Text.Encoding.UTF8.GetBytes(text), _tiny.Manifest).Problems, p => p.Path.EndsWith(".outputs.logit[0]", StringComparison.Ordinal));
    }
}
