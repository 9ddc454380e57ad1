using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>Hash of what the model sees: equal exactly when every tensor is equal bit for bit.</summary>
internal static class InputHash
{
    /// <summary>Lower-case hex SHA-256 over steps, series and number of statics (int32 little-endian), then values, observed, hours since and statics (float32 little-endian).</summary>
    public static string Of(EncodedGrid grid)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(header, grid.Steps);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], grid.Series);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], grid.Statics.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(MemoryMarshal.AsBytes(grid.Values));
        hash.AppendData(MemoryMarshal.AsBytes(grid.Observed));
        hash.AppendData(MemoryMarshal.AsBytes(grid.HoursSince));
        hash.AppendData(MemoryMarshal.AsBytes(grid.Statics.AsSpan()));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>Lower-case hex SHA-256 over rows and columns (int32 little-endian), then the image (float32 little-endian).</summary>
    public static string Of(int rows, int columns, ReadOnlySpan<float> image)
    {
        Span<byte> header = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(header, rows);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], columns);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(MemoryMarshal.AsBytes(image));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }
}
