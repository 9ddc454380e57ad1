using System.Security.Cryptography;
using System.Text;

namespace MedAI.Fhir.Store;

/// <summary>Keys under which the store finds again what was done once: lower-case hex SHA-256 over parts.</summary>
internal static class PartsKey
{
    /// <summary>Each part goes in with its length, so that no two lists of parts run together; null is told from empty.</summary>
    public static string Of(params ReadOnlySpan<string?> parts)
    {
        var text = new StringBuilder();
        foreach (string? part in parts)
            text.Append(part?.Length ?? -1).Append(':').Append(part);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
