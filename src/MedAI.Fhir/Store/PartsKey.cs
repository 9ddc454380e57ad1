using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MedAI.Fhir.Store;

/// <summary>Keys under which the store finds again what was done once: lower-case hex SHA-256 over parts.</summary>
internal static class PartsKey
{
    /// <summary>Decimal digits and sign of a part's length, and the colon.</summary>
    private const int MostOfLength = 12;

    /// <summary>Each part goes in with its length, so that no two lists of parts run together; null is told from empty.</summary>
    public static string Of(params ReadOnlySpan<string?> parts) => Of(default, parts);

    /// <param name="document">Goes in after the parts, as it is.</param>
    public static string Of(ReadOnlySpan<byte> document, params ReadOnlySpan<string?> parts)
    {
        int most = document.Length;
        foreach (string? part in parts)
            most += MostOfLength + Encoding.UTF8.GetMaxByteCount(part?.Length ?? 0);
        byte[] rented = ArrayPool<byte>.Shared.Rent(most);
        int length = 0;
        foreach (string? part in parts)
        {
            (part?.Length ?? -1).TryFormat(rented.AsSpan(length), out int digits, provider: CultureInfo.InvariantCulture);
            length += digits;
            rented[length++] = (byte)':';
            length += Encoding.UTF8.GetBytes(part, rented.AsSpan(length));
        }
        document.CopyTo(rented.AsSpan(length));
        length += document.Length;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(rented.AsSpan(0, length), hash);
        // Parts are patients' data.
        ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return Convert.ToHexStringLower(hash);
    }
}
