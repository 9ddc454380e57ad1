using System.Text.Json;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>Which tensor of a model plays which role.</summary>
internal sealed class TensorLayout
{
    private readonly string[] _names;
    private readonly ManifestTensor[] _inputs;

    public TensorLayout(ManifestTensors tensors)
    {
        _inputs = [.. tensors.Inputs];
        _names = [.. _inputs.Select(t => t.Name)];
        Values = Index("values");
        Observed = Index("observed");
        HoursSince = Index("hours-since");
        Statics = Index("statics");
        Logit = Output("logit")!;
        Probability = Output("probability");
        Members = Output("members");
        Cam = Output("cam");
        Ood = Output("ood");
        Features = Output("features");
        Findings = [.. tensors.Outputs.Where(t => t.Role == "finding-logit").Select(t => t.Name)];

        int Index(string role) => Array.FindIndex(_inputs, t => t.Role == role);
        string? Output(string role) => tensors.Outputs.FirstOrDefault(t => t.Role == role)?.Name;
    }

    /// <summary>Index of the input; -1, as for the next ones, when the model takes none.</summary>
    public int Values { get; }

    public int Observed { get; }

    public int HoursSince { get; }

    public int Statics { get; }

    public string Logit { get; }

    public string? Probability { get; }

    public string? Members { get; }

    public string? Cam { get; }

    public string? Ood { get; }

    public string? Features { get; }

    /// <summary>Logits of further findings.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>Rents tensors for some rows of so many steps; images have none.</summary>
    public InputRows Rent(int rows, int steps)
    {
        var shapes = new int[_inputs.Length][];
        for (int i = 0; i < shapes.Length; i++)
        {
            shapes[i] = new int[_inputs[i].Shape.Count - 1];
            for (int d = 0; d < shapes[i].Length; d++)
            {
                JsonElement dimension = _inputs[i].Shape[d + 1];
                shapes[i][d] = dimension.ValueKind == JsonValueKind.Number ? dimension.GetInt32() : steps;
            }
        }
        return new InputRows(_names, shapes, rows);
    }

    /// <summary>Rows of the plan, written into rented tensors.</summary>
    public InputRows Rent(OcclusionPlan plan, EncodedGrid grid)
    {
        InputRows rows = Rent(plan.Rows.Count, grid.Steps);
        for (int row = 0; row < rows.Rows; row++)
            plan.WriteRow(row, rows.Row(Values, row), rows.Row(Observed, row), rows.Row(HoursSince, row), Statics < 0 ? [] : rows.Row(Statics, row));
        return rows;
    }
}
