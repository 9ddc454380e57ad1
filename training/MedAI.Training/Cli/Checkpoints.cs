using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MedAI.Training.Cli;

/// <summary>Finished parts of one training run in its work folder, so that an interrupted run goes on where it stopped.</summary>
/// <remarks>
/// A part is written beside its place and then moved there, and counts as finished only once the index names its hash: a run that is killed at any moment
/// leaves either the whole part or none. The index also holds the fingerprint of data and options; a run with others refuses.
/// </remarks>
internal sealed class Checkpoints
{
    public const string IndexName = "checkpoints.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder;
    private Index _index;

    private Checkpoints(string folder, Index index) => (_folder, _index) = (folder, index);

    /// <summary>Opens a work folder, which is made where it is not there yet.</summary>
    /// <exception cref="InvalidDataException">The folder belongs to a run with other data or options, or its index is damaged.</exception>
    public static Checkpoints Open(string folder, string fingerprint)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, IndexName);
        if (!File.Exists(path))
        {
            var fresh = new Checkpoints(folder, new Index(fingerprint, []));
            fresh.Save();
            return fresh;
        }

        Index index;
        try
        {
            index = JsonSerializer.Deserialize<Index>(File.ReadAllBytes(path), Json) is { Fingerprint: not null, Files: not null } read ? read : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new InvalidDataException($"{IndexName} in '{folder}' is damaged; take another work folder.");
        }

        return index.Fingerprint == fingerprint
            ? new Checkpoints(folder, index)
            : throw new InvalidDataException($"'{folder}' belongs to a run with other data or other options; take another work folder.");
    }

    /// <summary>Whether the part is finished and unharmed; a harmed one is made again.</summary>
    public bool Has(string name) => _index.Files.TryGetValue(name, out var hash)
        && File.Exists(PathOf(name)) && Hash(File.ReadAllBytes(PathOf(name))) == hash;

    /// <exception cref="InvalidDataException">The part is missing or damaged.</exception>
    public byte[] Read(string name)
    {
        if (!_index.Files.TryGetValue(name, out var hash) || !File.Exists(PathOf(name)))
            throw new InvalidDataException($"'{_folder}' has no {name}: run train first.");
        var bytes = File.ReadAllBytes(PathOf(name));
        return Hash(bytes) == hash ? bytes : throw new InvalidDataException($"{name} in '{_folder}' is damaged: run train again.");
    }

    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        Replace(PathOf(name), bytes);
        _index = _index with { Files = new Dictionary<string, string>(_index.Files) { [name] = Hash(bytes) } };
        Save();
    }

    /// <summary>The finished part, or the one that is made now.</summary>
    public byte[] ReadOrMake(string name, Func<byte[]> make)
    {
        if (Has(name))
            return Read(name);
        var bytes = make();
        Write(name, bytes);
        return bytes;
    }

    /// <summary>SHA-256 over names and contents of every file of the data folder and over the options.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string FingerprintOf<T>(string data, T options)
        where T : notnull
    {
        if (!Directory.Exists(data))
            throw new DirectoryNotFoundException($"No folder '{data}'.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(long)];
        foreach (var file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(data, file)));
            BinaryPrimitives.WriteInt64LittleEndian(length, new FileInfo(file).Length);
            hash.AppendData(length);
            using var stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }

        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(options));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Save() => Replace(Path.Combine(_folder, IndexName), JsonSerializer.SerializeToUtf8Bytes(_index, Json));

    /// <summary>On disk before it is moved: otherwise a power cut may leave an empty file under the final name.</summary>
    private static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var beside = path + ".part";
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private sealed record Index(string Fingerprint, Dictionary<string, string> Files);
}
