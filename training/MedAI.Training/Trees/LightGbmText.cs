using System.Globalization;

namespace MedAI.Training.Trees;

/// <summary>Reads the trees of a model in LightGBM's text format.</summary>
/// <remarks>
/// Only what our options produce: numeric splits without a missing value. Thresholds are doubles there; the graph compares float32, and for a float32
/// feature x &lt;= t holds exactly when x &lt;= the largest float32 that is not above t.
/// </remarks>
internal static class LightGbmText
{
    /// <exception cref="FormatException">The text holds no trees, or splits of another kind.</exception>
    public static TreeEnsemble Parse(string text)
    {
        var trees = new List<Tree>();
        Dictionary<string, string>? block = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("Tree=", StringComparison.Ordinal) || line.StartsWith("end of trees", StringComparison.Ordinal))
            {
                if (block is not null)
                    trees.Add(Read(block, trees.Count));
                block = [];
            }
            else if (block is not null && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
            {
                block[line[..at]] = line[(at + 1)..];
            }

            if (line.StartsWith("end of trees", StringComparison.Ordinal))
                break;
        }

        return trees.Count > 0 ? new TreeEnsemble(trees) : throw new FormatException("The LightGBM model holds no trees.");
    }

    /// <summary>The largest float32 that is not above <paramref name="value"/>.</summary>
    public static float RoundDown(double value)
    {
        var near = (float)value;
        return near > value ? MathF.BitDecrement(near) : near;
    }

    private static Tree Read(Dictionary<string, string> block, int index)
    {
        if (block.TryGetValue("num_cat", out var categories) && categories != "0")
            throw new FormatException($"Tree {index} has categorical splits.");
        var leaves = Doubles("leaf_value");
        if (leaves.Length == 1)
            return new Tree([], [], [], [], [(float)leaves[0]]);
        // decision_type: bit 0 categorical, bits 2 and 3 the kind of missing value, bit 1 where it goes.
        if (Whole("decision_type").Any(d => (d & 0b1101) != 0))
            throw new FormatException($"Tree {index} treats missing values or categories.");
        var tree = new Tree(Whole("split_feature"), Array.ConvertAll(Doubles("threshold"), RoundDown), Whole("left_child"), Whole("right_child"), Array.ConvertAll(leaves, x => (float)x));
        return tree.Features.Length == leaves.Length - 1 && tree.Thresholds.Length == tree.Features.Length && tree.Left.Length == tree.Features.Length && tree.Right.Length == tree.Features.Length
            ? tree
            : throw new FormatException($"Tree {index} is incomplete.");

        double[] Doubles(string key) => Array.ConvertAll(Words(key), w => double.Parse(w, NumberStyles.Float, CultureInfo.InvariantCulture));

        int[] Whole(string key) => Array.ConvertAll(Words(key), w => int.Parse(w, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));

        string[] Words(string key) => block.TryGetValue(key, out var value)
            ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : throw new FormatException($"Tree {index} has no {key}.");
    }
}
