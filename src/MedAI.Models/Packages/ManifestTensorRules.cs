using System.Text.Json;

namespace MedAI.Models.Packages;

/// <summary>What must hold for the declared tensors: names, roles and shapes that fit the encoder and the variables.</summary>
internal static class ManifestTensorRules
{
    internal static readonly string[] InputRoles = ["values", "observed", "hours-since", "statics", "image"];
    internal static readonly string[] OutputRoles = ["logit", "probability", "members", "interval", "cam", "ood", "features", "finding-logit"];

    public static void Check(ModelManifest manifest, ProblemList problems)
    {
        ManifestTensors tensors = manifest.Tensors;
        CheckList(tensors.Inputs, InputRoles, "$.tensors.inputs", problems);
        CheckList(tensors.Outputs, OutputRoles, "$.tensors.outputs", problems);
        if (manifest.Kind == ModelKind.Imaging)
            CheckImage(manifest, problems);
        else if (manifest.Encoder is { Name: "hourly-grid" } encoder)
            CheckGrid(manifest, encoder, problems);
    }

    private static void CheckGrid(ModelManifest manifest, ManifestEncoder encoder, ProblemList problems)
    {
        ManifestTensors tensors = manifest.Tensors;
        int series = manifest.Variables.Count(v => v.Use == "series");
        int statics = encoder.Statics.Count;
        foreach (string role in new[] { "values", "observed", "hours-since" })
            Single(tensors.Inputs, role, "$.tensors.inputs", required: true, [["N", "T", series.ToString()]], problems);
        Single(tensors.Inputs, "statics", "$.tensors.inputs", required: statics > 0, [["N", statics.ToString()]], problems);
        for (int i = 0; i < tensors.Inputs.Count; i++)
            problems.Require(tensors.Inputs[i].Role != "image", $"$.tensors.inputs[{i}].role", "An hourly grid has no image.");
        for (int i = 0; i < tensors.Outputs.Count; i++)
            problems.Require(tensors.Outputs[i].Role != "finding-logit", $"$.tensors.outputs[{i}].role", "A sequence model has no findings.");
        CheckEstimate(tensors.Outputs, problems);
    }

    private static void CheckImage(ModelManifest manifest, ProblemList problems)
    {
        ManifestTensors tensors = manifest.Tensors;
        string[][]? size = manifest.Imaging?.Resize is { } r ? [["N", "1", r.Rows.ToString(), r.Columns.ToString()]] : null;
        Single(tensors.Inputs, "image", "$.tensors.inputs", required: true, size, problems);
        for (int i = 0; i < tensors.Inputs.Count; i++)
            problems.Require(tensors.Inputs[i].Role == "image", $"$.tensors.inputs[{i}].role", "An imaging model has one input, of role \"image\".");
        CheckEstimate(tensors.Outputs, problems);
        Single(tensors.Outputs, "ood", "$.tensors.outputs", required: true, [["N"], ["N", "1"]], problems);
        Single(tensors.Outputs, "cam", "$.tensors.outputs", required: true, null, problems);
        Single(tensors.Outputs, "features", "$.tensors.outputs", required: false, null, problems);
        for (int i = 0; i < tensors.Outputs.Count; i++)
        {
            string[] shape = Symbols(tensors.Outputs[i]);
            (bool fits, string words) = tensors.Outputs[i].Role switch
            {
                "cam" => (shape is ["N", not "T", not "T"], "[\"N\", rows, columns]"),
                "features" => (shape is ["N", not "T"], "[\"N\", number of features]"),
                "finding-logit" => (shape is ["N"] or ["N", "1"], "[\"N\"] or [\"N\", 1]"),
                _ => (true, ""),
            };
            problems.Require(fits, $"$.tensors.outputs[{i}].shape", $"Must be {words}.");
        }
    }

    private static void CheckEstimate(IReadOnlyList<ManifestTensor> outputs, ProblemList problems)
    {
        Single(outputs, "logit", "$.tensors.outputs", required: true, [["N"], ["N", "1"]], problems);
        Single(outputs, "probability", "$.tensors.outputs", required: false, [["N"], ["N", "1"]], problems);
        Single(outputs, "members", "$.tensors.outputs", required: false, null, problems);
        for (int i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Role == "members")
                problems.Require(Symbols(outputs[i]) is ["N", not ("N" or "T" or "1")], $"$.tensors.outputs[{i}].shape", "Must be [\"N\", number of members, at least 2].");
        }
    }

    private static void CheckList(IReadOnlyList<ManifestTensor> tensors, string[] roles, string path, ProblemList problems)
    {
        problems.Require(tensors.Count > 0, path, "Must not be empty.");
        ManifestRules.Distinct([.. tensors.Select(t => t.Name)], path, problems);
        for (int i = 0; i < tensors.Count; i++)
        {
            ManifestTensor t = tensors[i];
            ManifestRules.Text(t.Name, $"{path}[{i}].name", 100, problems);
            ManifestRules.OneOf(t.Role, roles, $"{path}[{i}].role", problems);
            problems.Require(t.Type == "float32", $"{path}[{i}].type", "Must be \"float32\".");
            problems.Require(t.Shape.Count is >= 1 and <= 8, $"{path}[{i}].shape", "Must have 1 to 8 dimensions.");
            for (int d = 0; d < t.Shape.Count; d++)
            {
                problems.Require(Symbol(t.Shape[d]) is not null, $"{path}[{i}].shape[{d}]", "Must be a positive whole number, \"N\" or \"T\".");
                problems.Require((d == 0) == (Symbol(t.Shape[d]) == "N"), $"{path}[{i}].shape[{d}]", "The first dimension, and only the first, is \"N\" (rows).");
            }
        }
    }

    private static void Single(IReadOnlyList<ManifestTensor> tensors, string role, string path, bool required, string[][]? shapes, ProblemList problems)
    {
        int[] found = [.. Enumerable.Range(0, tensors.Count).Where(i => tensors[i].Role == role)];
        if (found.Length == 0)
        {
            problems.Require(!required, path, $"Needs a tensor of role \"{role}\".");
            return;
        }
        foreach (int i in found.Skip(1))
            problems.Add($"{path}[{i}].role", $"Another tensor has role \"{role}\".");
        if (shapes is not null && !shapes.Any(s => s.SequenceEqual(Symbols(tensors[found[0]]))))
            problems.Add($"{path}[{found[0]}].shape", $"Must be {string.Join(" or ", shapes.Select(s => $"[{string.Join(", ", s)}]"))}.");
    }

    private static string[] Symbols(ManifestTensor tensor) => [.. tensor.Shape.Select(d => Symbol(d) ?? "?")];

    /// <summary>"N", "T" or the number's digits; null for anything else.</summary>
    internal static string? Symbol(JsonElement dimension) => dimension.ValueKind switch
    {
        JsonValueKind.String when dimension.GetString() is "N" or "T" => dimension.GetString(),
        JsonValueKind.Number when dimension.TryGetInt32(out int n) && n > 0 => n.ToString(),
        _ => null,
    };
}
