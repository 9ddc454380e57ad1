namespace MedAI.Training.Trees;

/// <summary>Binary trees whose leaf values add up to a logit.</summary>
internal sealed record TreeEnsemble(IReadOnlyList<Tree> Trees)
{
    /// <summary>Logit of one row of features.</summary>
    public double Logit(ReadOnlySpan<float> features)
    {
        double sum = 0;
        foreach (var tree in Trees)
            sum += tree.Value(features);
        return sum;
    }
}

/// <summary>One tree: node i sends a row left when feature &lt;= threshold. A child of 0 or more is a node, a negative one is leaf ~child.</summary>
/// <remarks>Without nodes the tree is its single leaf.</remarks>
internal sealed record Tree(int[] Features, float[] Thresholds, int[] Left, int[] Right, float[] Leaves)
{
    public float Value(ReadOnlySpan<float> features)
    {
        if (Features.Length == 0)
            return Leaves[0];
        var at = 0;
        while (at >= 0)
            at = features[Features[at]] <= Thresholds[at] ? Left[at] : Right[at];
        return Leaves[~at];
    }
}
