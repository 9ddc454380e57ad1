using System.Formats.Tar;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>The regular files of a tar archive, in memory.</summary>
internal static class TarPictures
{
    /// <param name="path">The archive.</param>
    /// <param name="largest">Bytes that one file may have.</param>
    /// <exception cref="InvalidDataException">The archive is damaged, cut off, empty, or a file in it is too large.</exception>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Read(string path, int largest)
    {
        var archive = Path.GetFileName(path);
        var files = new List<(string, byte[])>();
        try
        {
            using var stream = File.OpenRead(path);
            using var tar = new TarReader(stream);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                    continue;
                if (entry.Length > largest)
                    throw new InvalidDataException($"{archive} holds '{entry.Name}' of {entry.Length:N0} bytes, more than {largest:N0}.");
                var bytes = new byte[entry.Length];
                entry.DataStream?.ReadExactly(bytes);
                files.Add((entry.Name, bytes));
            }
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or IOException)
        {
            throw new InvalidDataException($"{archive} is damaged or cut off: {e.Message}", e);
        }

        return files.Count > 0 ? files : throw new InvalidDataException($"{archive} holds no files.");
    }
}
