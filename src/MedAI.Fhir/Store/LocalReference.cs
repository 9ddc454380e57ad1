using System.Text.Json;

namespace MedAI.Fhir.Store;

/// <summary>Reads relative references such as <c>Patient/123</c> or <c>Patient/123/_history/2</c>.</summary>
internal static class LocalReference
{
    /// <summary>The logical id when the Reference points at a resource of the type in this store; else null.</summary>
    /// <param name="ownBase">Base of the server whose resource it stands in: absolute references below it are relative ones, too; null: relative ones alone.</param>
    public static string? Id(JsonElement reference, string type, string? ownBase = null)
    {
        if (reference.ValueKind != JsonValueKind.Object || !reference.TryGetProperty("reference", out var text) || text.ValueKind != JsonValueKind.String)
            return null;
        string named = text.GetString()!;
        return Id(ownBase is not null && named.StartsWith(ownBase + "/", StringComparison.Ordinal) ? named[(ownBase.Length + 1)..] : named, type);
    }

    /// <inheritdoc cref="Id(JsonElement, string, string?)"/>
    public static string? Id(string reference, string type)
    {
        if (!reference.StartsWith(type, StringComparison.Ordinal) || reference.Length <= type.Length + 1 || reference[type.Length] != '/')
            return null;
        string rest = reference[(type.Length + 1)..];
        int slash = rest.IndexOf('/');
        if (slash >= 0 && !rest.AsSpan(slash).StartsWith("/_history/", StringComparison.Ordinal))
            return null;
        return slash < 0 ? rest : rest[..slash];
    }
}
