using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Icu;

namespace MedAI.Training.Tests.Icu;

public sealed class ShippedPackageTests
{
    [Fact]
    public void Shipped_package_loads_and_reproduces_its_golden_vectors()
    {
        var (package, problems) = ModelPackage.Load(Path.Combine(Root(), "models", "icu-mortality", "2.0.0"));
        Assert.Empty(problems);
        var (golden, goldenProblems) = GoldenReader.Read(package!.GoldenBytes, package.Manifest);
        Assert.Empty(goldenProblems);

        using var scorer = new GridScorer(package.ModelBytes.ToArray());
        foreach (var known in golden!.Cases)
        {
            var outputs = scorer.Run([.. Enumerable.Range(0, known.Rows).Select(row => Sample(known, row))]);
            foreach (var (name, expected) in known.Outputs)
                Assert.All(expected.Zip(outputs[name]), pair => Assert.Equal(pair.First, pair.Second, golden.Tolerance));
        }
    }

    private static GridSample Sample(GoldenCase known, int row)
    {
        float[] Part(string name)
        {
            var length = known.Inputs[name].Length / known.Rows;
            return known.Inputs[name][(row * length)..((row + 1) * length)];
        }

        return new GridSample(0, false, known.Steps, Part("values"), Part("observed"), Part("hours_since"), Part("statics"));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "models")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No models folder above the tests.");
    }
}
