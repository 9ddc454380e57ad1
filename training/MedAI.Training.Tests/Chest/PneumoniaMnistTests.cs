using System.IO.Compression;
using System.Text;
using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Tests.Chest;

public sealed class PneumoniaMnistTests : IDisposable
{
    private readonly ChestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Pictures_and_labels_are_read_in_order()
    {
        Write(("val_images", "(2, 28, 28)", [.. Enumerable.Repeat((byte)10, 784), .. Enumerable.Repeat((byte)255, 784)]), ("val_labels", "(2, 1)", [0, 1]));

        var part = PneumoniaMnist.Read(_files.Folder, "val");

        Assert.Equal([false, true], part.Pneumonia);
        Assert.All(part.Pictures[0], v => Assert.Equal(10, v));
        Assert.All(part.Inputs()[1], v => Assert.Equal(1f, v));
    }

    [Fact]
    public void Array_that_is_missing_shorter_than_its_shape_or_of_another_type_is_refused()
    {
        Write(("val_labels", "(2, 1)", [0, 1]));
        Refused("val_images");
        Write(("val_images", "(2, 28, 28)", new byte[784]), ("val_labels", "(2, 1)", [0, 1]));
        Refused("val_images");
        Write(("val_images", "(1, 28, 28)", new byte[784]), ("val_labels", "(1, 1)", [7]));
        Refused("val");
        Write("'<f4'", ("val_images", "(1, 14, 14)", new byte[784]), ("val_labels", "(1, 1)", [1]));
        Refused("unsigned bytes");
    }

    [Fact]
    public void File_that_is_no_archive_is_refused()
    {
        File.WriteAllText(Path.Combine(_files.Folder, PneumoniaMnist.FileName), "not a zip file");
        Refused(PneumoniaMnist.FileName);
    }

    private void Refused(string word) =>
        Assert.Contains(word, Assert.Throws<InvalidDataException>(() => PneumoniaMnist.Read(_files.Folder, "val")).Message, StringComparison.Ordinal);

    private void Write(params (string Name, string Shape, byte[] Values)[] arrays) => Write("'|u1'", arrays);

    private void Write(string type, params (string Name, string Shape, byte[] Values)[] arrays)
    {
        using var stream = File.Create(Path.Combine(_files.Folder, PneumoniaMnist.FileName));
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (name, shape, values) in arrays)
        {
            var header = Encoding.Latin1.GetBytes($"{{'descr': {type}, 'fortran_order': False, 'shape': {shape}, }}\n");
            using var entry = zip.CreateEntry($"{name}.npy").Open();
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. values]);
        }
    }
}
