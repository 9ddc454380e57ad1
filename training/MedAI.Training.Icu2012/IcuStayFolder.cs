using System.Diagnostics;

namespace MedAI.Training.Icu2012;

/// <summary>A folder of challenge stays: <c>set-*/*.txt</c> with <c>Outcomes-*.txt</c>, unpacked or as <c>*.tar.xz</c>.</summary>
/// <remarks>Archives are unpacked by the system's <c>tar</c> into a temporary folder that <see cref="Dispose"/> removes.</remarks>
public sealed class IcuStayFolder : IDisposable
{
    private readonly string _root;
    private readonly string? _temporary;

    private IcuStayFolder(string root, string? temporary)
    {
        _root = root;
        _temporary = temporary;
    }

    /// <summary>Opens <paramref name="path"/>, unpacking archives when it holds no unpacked stays.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist or holds neither stays nor archives.</exception>
    /// <exception cref="InvalidOperationException">An archive could not be unpacked.</exception>
    public static IcuStayFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"No folder '{path}'.");
        }

        if (StayFiles(path).Any())
        {
            return new IcuStayFolder(path, temporary: null);
        }

        var archives = Directory.GetFiles(path, "*.tar.xz").Order(StringComparer.Ordinal).ToArray();
        if (archives.Length == 0)
        {
            throw new DirectoryNotFoundException($"'{path}' holds neither set-*/*.txt nor *.tar.xz.");
        }

        var temporary = Directory.CreateTempSubdirectory("medai-stays-").FullName;
        var folder = new IcuStayFolder(temporary, temporary);
        try
        {
            foreach (var archive in archives)
            {
                Unpack(archive, temporary);
            }
        }
        catch
        {
            folder.Dispose();
            throw;
        }

        return folder;
    }

    /// <summary>Reads every stay in order of RecordID, at most <paramref name="limit"/> of them.</summary>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public IReadOnlyList<LabelledStay> ReadAll(int limit = int.MaxValue)
    {
        var outcomes = new Dictionary<int, IcuOutcome>();
        foreach (var table in Directory.EnumerateFiles(_root, "Outcomes-*.txt", SearchOption.AllDirectories))
        {
            foreach (var (recordId, outcome) in Whole(table, IcuOutcomeFile.Read))
            {
                outcomes[recordId] = outcome;
            }
        }

        return StayFiles(_root)
            .OrderBy(Path.GetFileName, StringComparer.Ordinal)
            .Take(limit)
            .Select(file => Whole(file, IcuStayFile.Read))
            .Select(stay => new LabelledStay(stay, outcomes.GetValueOrDefault(stay.RecordId)))
            .ToList();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_temporary is not null && Directory.Exists(_temporary))
        {
            Directory.Delete(_temporary, recursive: true);
        }
    }

    private static T Whole<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new InvalidDataException($"{Path.GetFileName(file)} is damaged: {e.Message}", e);
        }
    }

    private static IEnumerable<string> StayFiles(string root) =>
        Directory.EnumerateFiles(root, "*.txt", SearchOption.AllDirectories)
            .Where(file => Path.GetFileNameWithoutExtension(file).All(char.IsAsciiDigit));

    private static void Unpack(string archive, string target)
    {
        var start = new ProcessStartInfo("tar") { RedirectStandardError = true };
        foreach (var argument in new[] { "-xJf", archive, "-C", target })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("tar could not be started.");
        var complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"tar could not unpack '{Path.GetFileName(archive)}': {complaint.Trim()}");
        }
    }
}
