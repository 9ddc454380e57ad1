using MedAI.Training.Cli;
using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Tests.Chest;

public sealed class KermanyArchiveTests : IDisposable
{
    private readonly ChestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Sound_archive_gives_label_fold_number_and_grey_values_in_order_of_names()
    {
        _files.Tar(
            KermanyArchive.FileName,
            ("kermany224/train/PNEUMONIA/person3_virus_7.jpeg", ChestFiles.Jpeg(224, 200)),
            ("kermany224/test/NORMAL/NORMAL2-IM-0007-0001.jpeg", ChestFiles.Jpeg(224, 40)),
            ("kermany224/train/PNEUMONIA/person3_bacteria_10.jpeg", ChestFiles.Jpeg(224, 120)));

        var films = KermanyArchive.Read(_files.Folder);

        Assert.Equal([ChestLabel.Normal, ChestLabel.BacterialPneumonia, ChestLabel.ViralPneumonia], films.Select(f => f.Label));
        Assert.Equal([true, false, false], films.Select(f => f.OfficialTest));
        Assert.Equal(new FilmNumber("virus", 3), films[2].Number);
        Assert.All(films[2].Pixels, p => Assert.InRange(p, 199, 201));
        Assert.Equal(224 * 224, films[0].Pixels.Length);
    }

    [Fact]
    public void Folder_without_the_archive_is_named_in_one_line() =>
        Assert.Contains(KermanyArchive.FileName, OneLine(() => KermanyArchive.Read(_files.Folder)), StringComparison.Ordinal);

    [Fact]
    public void Archive_that_is_cut_off_is_refused_in_one_line()
    {
        var path = _files.Tar(KermanyArchive.FileName, ("kermany224/train/PNEUMONIA/person3_virus_7.jpeg", ChestFiles.Jpeg(224, 200)), ("kermany224/test/NORMAL/IM-0001-0001.jpeg", ChestFiles.Jpeg(224, 40)));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..900]);

        Assert.Contains(KermanyArchive.FileName, OneLine(() => KermanyArchive.Read(_files.Folder)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kermany224/train/OTHER/person3_virus_7.jpeg", "OTHER")]
    [InlineData("kermany224/validation/NORMAL/IM-0001-0001.jpeg", "validation")]
    [InlineData("kermany224/train/NORMAL/person3_virus_7.jpeg", "contradicts")]
    [InlineData("kermany224/train/NORMAL/cat.jpeg", "cat.jpeg")]
    public void File_in_the_wrong_place_is_named(string name, string word)
    {
        _files.Tar(KermanyArchive.FileName, (name, ChestFiles.Jpeg(224, 100)));

        Assert.Contains(word, OneLine(() => KermanyArchive.Read(_files.Folder)), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_or_resized_picture_is_named()
    {
        const string Name = "kermany224/train/NORMAL/IM-0115-0001.jpeg";
        _files.Tar(KermanyArchive.FileName, (Name, ChestFiles.Jpeg(224, 100)[..200]));
        Assert.Contains("IM-0115-0001", OneLine(() => KermanyArchive.Read(_files.Folder)), StringComparison.Ordinal);

        _files.Tar(KermanyArchive.FileName, (Name, [1, 2, 3]));
        Assert.Contains("IM-0115-0001", OneLine(() => KermanyArchive.Read(_files.Folder)), StringComparison.Ordinal);

        _files.Tar(KermanyArchive.FileName, (Name, ChestFiles.Jpeg(100, 100)));
        Assert.Contains("100x100", OneLine(() => KermanyArchive.Read(_files.Folder)), StringComparison.Ordinal);
    }

    private static string OneLine(Action action)
    {
        var message = UserError.Of(Assert.ThrowsAny<Exception>(action));
        Assert.NotNull(message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
