using MedAI.Training.Onnx;

namespace MedAI.Training.Trees;

/// <summary>Writes tree ensembles as one TreeEnsembleRegressor of the ai.onnx.ml domain: output [N, ensembles].</summary>
internal static class TreeExport
{
    /// <param name="features">Name of the tensor [N, columns].</param>
    public static string Write(OnnxGraph graph, string features, IReadOnlyList<TreeEnsemble> ensembles)
    {
        List<long> treeIds = [], nodeIds = [], featureIds = [], whenTrue = [], whenFalse = [], targetTrees = [], targetNodes = [], targets = [];
        List<float> values = [], weights = [];
        List<string> modes = [];
        long id = 0;
        for (var target = 0; target < ensembles.Count; target++)
        {
            foreach (var tree in ensembles[target].Trees)
            {
                var inner = tree.Features.Length;
                for (var node = 0; node < inner; node++)
                    Node(id, node, "BRANCH_LEQ", tree.Features[node], tree.Thresholds[node], Child(tree.Left[node], inner), Child(tree.Right[node], inner));
                for (var leaf = 0; leaf < tree.Leaves.Length; leaf++)
                {
                    Node(id, inner + leaf, "LEAF", 0, 0, 0, 0);
                    targetTrees.Add(id);
                    targetNodes.Add(inner + leaf);
                    targets.Add(target);
                    weights.Add(tree.Leaves[leaf]);
                }

                id++;
            }
        }

        return graph.MachineLearningNode(
            "TreeEnsembleRegressor",
            [features],
            ("aggregate_function", "SUM"),
            ("n_targets", ensembles.Count),
            ("nodes_treeids", treeIds.ToArray()),
            ("nodes_nodeids", nodeIds.ToArray()),
            ("nodes_featureids", featureIds.ToArray()),
            ("nodes_modes", modes.ToArray()),
            ("nodes_values", values.ToArray()),
            ("nodes_truenodeids", whenTrue.ToArray()),
            ("nodes_falsenodeids", whenFalse.ToArray()),
            ("target_treeids", targetTrees.ToArray()),
            ("target_nodeids", targetNodes.ToArray()),
            ("target_ids", targets.ToArray()),
            ("target_weights", weights.ToArray()),
            ("post_transform", "NONE"));

        static long Child(int child, int inner) => child >= 0 ? child : inner + ~child;

        void Node(long tree, int node, string mode, int feature, float threshold, long left, long right)
        {
            treeIds.Add(tree);
            nodeIds.Add(node);
            modes.Add(mode);
            featureIds.Add(feature);
            values.Add(threshold);
            whenTrue.Add(left);
            whenFalse.Add(right);
        }
    }
}
