namespace MedAI.Models.Packages;

/// <summary>Reads golden.json and holds it against the manifest's tensors.</summary>
public static class GoldenReader
{
    public const string SchemaVersion = "1.0";

    /// <summary>A larger tolerance would let a different model pass.</summary>
    public const double LargestTolerance = 1e-3;

    private const int MostRows = 4096;
    private const int MostSteps = 24 * 366;

    /// <summary>Parses and checks golden vectors.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <param name="manifest">Declares the tensors that every case must give.</param>
    /// <returns>The vectors when there is no problem, else null with every problem found; paths start with the file's name.</returns>
    public static (GoldenVectors? Golden, IReadOnlyList<ManifestProblem> Problems) Read(ReadOnlyMemory<byte> utf8Json, ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var problems = new ProblemList();
        GoldenVectors? golden = JsonShape.Read(utf8Json, GoldenJsonContext.Default.GoldenVectors, problems);
        if (golden is not null)
            Check(golden, manifest, problems);
        if (problems.Count == 0)
            return (golden, []);
        return (null, [.. problems.ToList().Select(p => p with { Path = $"{manifest.Files.Golden.Path}:{p.Path}" })]);
    }

    private static void Check(GoldenVectors golden, ModelManifest manifest, ProblemList problems)
    {
        problems.Require(golden.SchemaVersion == SchemaVersion, "$.schemaVersion", $"This server reads \"{SchemaVersion}\".");
        problems.Require(golden.Tolerance is > 0 and <= LargestTolerance, "$.tolerance", $"Must be positive and at most {LargestTolerance}.");
        problems.Require(golden.Cases.Count > 0, "$.cases", "Must not be empty.");
        ManifestRules.Distinct([.. golden.Cases.Select(c => c.Name)], "$.cases", problems);
        for (int i = 0; i < golden.Cases.Count; i++)
        {
            GoldenCase c = golden.Cases[i];
            string path = $"$.cases[{i}]";
            ManifestRules.Text(c.Name, $"{path}.name", 100, problems);
            problems.Require(c.Rows is >= 1 and <= MostRows, $"{path}.rows", $"Must lie in 1..{MostRows}.");
            if (manifest.Kind == ModelKind.Sequence)
                problems.Require(c.Steps is >= 1 and <= MostSteps, $"{path}.steps", $"Must lie in 1..{MostSteps}.");
            else
                problems.Require(c.Steps is null, $"{path}.steps", "An image has no steps.");
            if (c.Rows is < 1 or > MostRows || c.Steps is < 1 or > MostSteps || (c.Steps is null) == (manifest.Kind == ModelKind.Sequence))
                continue;
            CheckTensors(c.Inputs, manifest.Tensors.Inputs, c, $"{path}.inputs", problems);
            CheckTensors(c.Outputs, manifest.Tensors.Outputs, c, $"{path}.outputs", problems);
        }
    }

    private static void CheckTensors(IReadOnlyDictionary<string, float[]> given, IReadOnlyList<ManifestTensor> declared, GoldenCase c, string path, ProblemList problems)
    {
        foreach (ManifestTensor t in declared)
        {
            string at = JsonShape.Member(path, t.Name);
            if (!given.TryGetValue(t.Name, out float[]? values))
                problems.Add(at, "Missing; the manifest declares this tensor.");
            else
                problems.Require(values.Length == Length(t, c), at, $"Must have {Length(t, c)} numbers, has {values.Length}.");
        }
        foreach (string name in given.Keys)
            problems.Require(declared.Any(t => t.Name == name), JsonShape.Member(path, name), "The manifest declares no such tensor.");
    }

    private static long Length(ManifestTensor tensor, GoldenCase c)
    {
        long length = 1;
        foreach (System.Text.Json.JsonElement d in tensor.Shape)
        {
            length *= ManifestTensorRules.Symbol(d) switch
            {
                "N" => c.Rows,
                "T" => c.Steps ?? 0,
                string digits => int.Parse(digits),
                null => 0,
            };
        }
        return length;
    }
}
