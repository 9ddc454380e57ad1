using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Models.Tests.Packages;

public sealed class ManifestPartRangesTests
{
    [Fact]
    public void Ranges_of_parts_survive_writing_and_reading()
    {
        var (manifest, problems) = ManifestReader.Read(ManifestWriter.ToUtf8(TestManifest.Create()));

        Assert.Empty(problems);
        var parts = manifest!.Variables.Single(v => v.Id == "GCS").Parts!;
        Assert.Equal(new ManifestRange(1, 6), parts.Ranges!["9268-4"]);
    }

    [Fact]
    public void Range_of_no_part_or_upside_down_is_a_problem_at_its_path()
    {
        var manifest = TestManifest.Create("GCS", "HR");
        var gcs = manifest.Variables[0];
        var ranges = new Dictionary<string, ManifestRange> { ["9267-6"] = new(4, 1), ["1-8"] = new(1, 4) };
        var broken = manifest with { Variables = [gcs with { Parts = gcs.Parts! with { Ranges = ranges } }, .. manifest.Variables.Skip(1)] };

        var (_, problems) = ManifestReader.Read(ManifestWriter.ToUtf8(broken));

        Assert.Equal(2, problems.Count);
        Assert.All(problems, p => Assert.StartsWith("$.variables[0].parts.ranges", p.Path));
    }
}
