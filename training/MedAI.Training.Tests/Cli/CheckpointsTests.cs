using MedAI.Training.Cli;

namespace MedAI.Training.Tests.Cli;

public sealed class CheckpointsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medai-work-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Data()
    {
        var data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "a.txt"), "one");
        return data;
    }

    private string Work => Path.Combine(_folder, "work");

    [Fact]
    public void A_finished_part_is_not_made_again()
    {
        Checkpoints.Open(Work, "f").Write("member-0", [1, 2, 3]);

        var made = Checkpoints.Open(Work, "f").ReadOrMake("member-0", () => throw new InvalidOperationException("made again"));

        Assert.Equal([1, 2, 3], made);
    }

    [Fact]
    public void A_part_that_was_cut_while_it_was_written_counts_as_not_made()
    {
        var checkpoints = Checkpoints.Open(Work, "f");
        File.WriteAllBytes(Path.Combine(Work, "member-0.part"), [1]);
        File.WriteAllBytes(Path.Combine(Work, "member-1"), [1]);

        Assert.False(checkpoints.Has("member-0"));
        Assert.False(checkpoints.Has("member-1"));
        Assert.Equal([9], checkpoints.ReadOrMake("member-1", () => [9]));
    }

    [Fact]
    public void A_damaged_part_is_named_and_made_again()
    {
        var checkpoints = Checkpoints.Open(Work, "f");
        checkpoints.Write("member-0", [1, 2, 3]);
        File.WriteAllBytes(Path.Combine(Work, "member-0"), [1, 2, 4]);

        Assert.Contains("member-0", Assert.Throws<InvalidDataException>(() => checkpoints.Read("member-0")).Message, StringComparison.Ordinal);
        Assert.Equal([5], checkpoints.ReadOrMake("member-0", () => [5]));
    }

    [Fact]
    public void Another_fingerprint_is_refused_in_one_line()
    {
        _ = Checkpoints.Open(Work, "f");

        var error = Assert.Throws<InvalidDataException>(() => Checkpoints.Open(Work, "g"));

        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_damaged_index_is_refused()
    {
        _ = Checkpoints.Open(Work, "f");
        File.WriteAllText(Path.Combine(Work, Checkpoints.IndexName), "{");

        Assert.Throws<InvalidDataException>(() => Checkpoints.Open(Work, "f"));
    }

    [Fact]
    public void Fingerprint_depends_on_every_byte_of_the_data_and_every_option()
    {
        var data = Data();
        var before = Checkpoints.FingerprintOf(data, new { Seed = 1, Widths = new[] { 1, 2 } });

        Assert.Equal(before, Checkpoints.FingerprintOf(data, new { Seed = 1, Widths = new[] { 1, 2 } }));
        Assert.NotEqual(before, Checkpoints.FingerprintOf(data, new { Seed = 2, Widths = new[] { 1, 2 } }));
        Assert.NotEqual(before, Checkpoints.FingerprintOf(data, new { Seed = 1, Widths = new[] { 1, 3 } }));
        File.WriteAllText(Path.Combine(data, "a.txt"), "two");
        Assert.NotEqual(before, Checkpoints.FingerprintOf(data, new { Seed = 1, Widths = new[] { 1, 2 } }));
    }
}
