using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Tests.Chest;

public sealed class ShippedChestPackageTests
{
    private static readonly ModelPackage Package = Load();

    [Fact]
    public void Golden_pictures_are_reproduced()
    {
        var (golden, problems) = GoldenReader.Read(Package.GoldenBytes, Package.Manifest);
        Assert.Empty(problems);
        using var scorer = Scorer();
        foreach (var known in golden!.Cases)
        {
            var pictures = known.Inputs["image"].Chunk(scorer.Side * scorer.Side).ToArray();
            Assert.Equal(known.Rows, pictures.Length);
            var outputs = scorer.Run(pictures);
            Assert.Equal(known.Outputs.Keys.Order(), outputs.Keys.Order());
            foreach (var (name, expected) in known.Outputs)
                Assert.All(expected.Zip(outputs[name].SelectMany(v => v)), p => Assert.Equal(p.First, p.Second, golden.Tolerance));
        }
    }

    [Fact]
    public void Probability_members_and_map_agree_with_the_logit()
    {
        using var scorer = Scorer();
        var outputs = scorer.Run(Pictures(scorer.Side));
        for (var i = 0; i < outputs["logit"].Length; i++)
        {
            var logit = outputs["logit"][i][0];
            Assert.Equal(1 / (1 + Math.Exp(-logit)), outputs["probability"][i][0], 1e-5);
            Assert.Equal(logit, outputs["members"][i].Average(), 1e-4);
            Assert.Equal(logit, outputs["cam"][i].Average(), 1e-3);
        }
    }

    [Fact]
    public void Mirror_image_brightness_contrast_and_company_change_nothing()
    {
        using var scorer = Scorer();
        var side = scorer.Side;
        var pictures = Pictures(side);
        var expected = scorer.Run(pictures);
        var mirrored = scorer.Run([.. pictures.Select(p => Enumerable.Range(0, p.Length).Select(i => p[(i / side * side) + side - 1 - (i % side)]).ToArray())]);
        var dim = scorer.Run([.. pictures.Select(p => Array.ConvertAll(p, v => (v * 0.6f) + 0.2f))]);
        for (var i = 0; i < pictures.Length; i++)
        {
            var alone = scorer.Run([pictures[i]]);
            var logit = expected["logit"][i][0];
            Assert.Equal(logit, mirrored["logit"][i][0], 1e-3);
            Assert.Equal(logit, alone["logit"][0][0], 1e-4);
            Assert.Equal(expected["ood"][i][0], alone["ood"][0][0], 1e-4);
            // The constant that keeps a flat picture finite weighs a little more on a flatter picture.
            Assert.Equal(logit, dim["logit"][i][0], 0.05);
            Assert.Equal(expected["ood"][i][0], dim["ood"][i][0], 0.1);
        }
    }

    [Fact]
    public void Made_up_strangers_are_refused()
    {
        using var scorer = Scorer();
        var random = new Random(77);
        float[][] strangers =
        [
            .. Enumerable.Range(0, 20).Select(_ => SyntheticPictures.Blobs(scorer.Side, random)),
            .. Enumerable.Range(0, 5).Select(_ => SyntheticPictures.Noise(scorer.Side, random)),
            SyntheticPictures.Flat(scorer.Side, random),
            new float[scorer.Side * scorer.Side],
        ];
        var limit = Package.Manifest.AsImaging().OutOfDistribution.Threshold;

        Assert.All(scorer.Run(strangers)["ood"], s => Assert.True(s[0] > limit));
    }

    [Fact]
    public void Manifest_says_whom_it_is_for_and_what_a_low_probability_is_not()
    {
        var manifest = Package.Manifest;
        Assert.Equal((1, 5), ((int)manifest.Population.MinimumAgeYears!, (int)manifest.Population.MaximumAgeYears!));
        Assert.Equal(["CR", "DX"], manifest.AsImaging().Imaging.Modalities);
        Assert.Contains(manifest.Limitations, l => l.Contains("adults", StringComparison.Ordinal));
        Assert.Contains(manifest.Limitations, l => l.Contains("low probability does not mean", StringComparison.Ordinal));
        Assert.DoesNotContain(manifest.Bands, b => b.Display.Contains("normal", StringComparison.OrdinalIgnoreCase));
    }

    private static float[][] Pictures(int side)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 4).Select(_ => SyntheticPictures.Chest(side, random))];
    }

    private static ChestScorer Scorer() => new(Package.ModelBytes.ToArray());

    private static ModelPackage Load()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "models")))
            folder = folder.Parent;
        var (package, problems) = ModelPackage.Load(Path.Combine(folder!.FullName, "models", "chest-xray-pneumonia", "1.0.0"));
        Assert.Empty(problems);
        return package!;
    }
}
