using System.Formats.Tar;
using SkiaSharp;

namespace MedAI.Training.Tests.Chest;

/// <summary>Small archives of made-up pictures for the readers of chest films.</summary>
internal sealed class ChestFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("medai-chest-").FullName;

    public static byte[] Jpeg(int side, byte grey)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(grey, grey, grey));
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        return data.ToArray();
    }

    public string Tar(string name, params (string Name, byte[] Bytes)[] files)
    {
        var path = Path.Combine(Folder, name);
        using var stream = File.Create(path);
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar);
        foreach (var (file, bytes) in files)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file) { DataStream = new MemoryStream(bytes) });
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
