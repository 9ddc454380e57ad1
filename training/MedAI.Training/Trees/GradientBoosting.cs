using System.Globalization;
using System.Text;

namespace MedAI.Training.Trees;

/// <summary>How a tree ensemble is fitted.</summary>
internal sealed record GradientBoostingOptions
{
    public required int Trees { get; init; }

    public required int Leaves { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>Share of the features that a tree may use.</summary>
    public required double FeatureShare { get; init; }

    public required double L2 { get; init; }

    /// <summary>Smallest number of rows in a leaf.</summary>
    public int LeafRows { get; init; } = 60;

    /// <summary>Share of the rows that a tree is grown from.</summary>
    public double RowShare { get; init; } = 0.6;

    /// <summary>Compare one random threshold per feature instead of searching the best.</summary>
    public bool RandomThresholds { get; init; }

    public string ToParameters(int seed, int threads) => string.Create(
        CultureInfo.InvariantCulture,
        $"objective=binary num_leaves={Leaves} learning_rate={LearningRate} min_data_in_leaf={LeafRows} feature_fraction={FeatureShare} "
        + $"bagging_fraction={RowShare} bagging_freq=1 lambda_l2={L2} extra_trees={(RandomThresholds ? "true" : "false")} max_bin=127 use_missing=false "
        + $"enable_bundle=false deterministic=true force_row_wise=true seed={seed} num_threads={threads} verbosity=-1");
}

/// <summary>Fits gradient-boosted trees for a yes-or-no label with LightGBM.</summary>
internal static class GradientBoosting
{
    /// <param name="features">Row-major [rows, columns].</param>
    /// <param name="columns">Features per row.</param>
    /// <param name="labels">0 or 1 per row.</param>
    /// <param name="weights">Weight per row.</param>
    /// <returns>The model in LightGBM's text format; see <see cref="LightGbmText"/>.</returns>
    /// <exception cref="InvalidOperationException">LightGBM refused the data or the options.</exception>
    public static string Fit(
        ReadOnlySpan<float> features, int columns, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights, GradientBoostingOptions options, int seed, int threads, CancellationToken cancellation)
    {
        var parameters = options.ToParameters(seed, threads);
        nint dataset = 0, booster = 0;
        try
        {
            LightGbmLibrary.Check(LightGbmLibrary.LGBM_DatasetCreateFromMat(features, LightGbmLibrary.Float32, labels.Length, columns, 1, parameters, 0, out dataset));
            LightGbmLibrary.Check(LightGbmLibrary.LGBM_DatasetSetField(dataset, "label", labels, labels.Length, LightGbmLibrary.Float32));
            LightGbmLibrary.Check(LightGbmLibrary.LGBM_DatasetSetField(dataset, "weight", weights, weights.Length, LightGbmLibrary.Float32));
            LightGbmLibrary.Check(LightGbmLibrary.LGBM_BoosterCreate(dataset, parameters, out booster));
            for (var tree = 0; tree < options.Trees; tree++)
            {
                cancellation.ThrowIfCancellationRequested();
                LightGbmLibrary.Check(LightGbmLibrary.LGBM_BoosterUpdateOneIter(booster, out var finished));
                if (finished != 0)
                    break;
            }

            LightGbmLibrary.Check(LightGbmLibrary.LGBM_BoosterSaveModelToString(booster, 0, -1, 0, 0, out var length, []));
            var text = new byte[length];
            LightGbmLibrary.Check(LightGbmLibrary.LGBM_BoosterSaveModelToString(booster, 0, -1, 0, length, out _, text));
            return Encoding.ASCII.GetString(text).TrimEnd('\0');
        }
        finally
        {
            if (booster != 0)
                _ = LightGbmLibrary.LGBM_BoosterFree(booster);
            if (dataset != 0)
                _ = LightGbmLibrary.LGBM_DatasetFree(dataset);
        }
    }
}
