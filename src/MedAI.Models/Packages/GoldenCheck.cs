using System.Globalization;
using MedAI.Models.Inference;
using MedAI.Models.Predictions;

namespace MedAI.Models.Packages;

/// <summary>Runs a package's golden vectors on this machine and compares what comes out.</summary>
internal static class GoldenCheck
{
    /// <returns>Largest absolute difference, and a problem for every output of every case that is off.</returns>
    public static async Task<(double Difference, IReadOnlyList<ManifestProblem> Problems)> RunAsync(
        ModelPackage package, IModelRunner runner, TensorLayout layout, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var problems = new ProblemList();
        double worst = 0;
        for (int i = 0; i < package.Golden.Cases.Count; i++)
        {
            GoldenCase golden = package.Golden.Cases[i];
            string path = $"{package.Manifest.Files.Golden.Path}:$.cases[{i}]";
            InputRows rows = layout.Rent(golden.Rows, golden.Steps ?? 0);
            for (int input = 0; input < rows.Names.Count; input++)
                golden.Inputs[rows.Names[input]].CopyTo(rows.Tensor(input));
            RunResult result = await runner.RunAsync(rows, deadline, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (result.Outputs is null)
            {
                problems.Add(path, $"The run failed: {result.Error}.");
                continue;
            }
            foreach ((string name, float[] expected) in golden.Outputs)
            {
                double difference = Difference(expected, result.Outputs[name]);
                worst = Math.Max(worst, difference);
                problems.Require(difference <= package.Golden.Tolerance, JsonShape.Member($"{path}.outputs", name),
                    string.Create(CultureInfo.InvariantCulture, $"Differs by {difference:g3}; at most {package.Golden.Tolerance:g3} is allowed."));
            }
        }
        return (worst, problems.ToList());
    }

    private static double Difference(float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
            return double.PositiveInfinity;
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            // A comparison with NaN is never true, so it must not be left to Math.Max alone.
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }
        return worst;
    }
}
