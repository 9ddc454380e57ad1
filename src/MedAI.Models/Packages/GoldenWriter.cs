using System.Text.Json;

namespace MedAI.Models.Packages;

/// <summary>Writes golden.json; <see cref="GoldenReader"/> reads it back bit for bit.</summary>
public static class GoldenWriter
{
    /// <summary>UTF-8 without byte order mark, on one line (the numbers are for machines), ending in a line feed.</summary>
    /// <exception cref="ArgumentException">A value is not finite; JSON cannot hold it.</exception>
    public static byte[] ToUtf8(GoldenVectors golden)
    {
        ArgumentNullException.ThrowIfNull(golden);
        return [.. JsonSerializer.SerializeToUtf8Bytes(golden, GoldenJsonContext.Default.GoldenVectors), (byte)'\n'];
    }
}
