using System.Text.Json;

namespace MedAI.Fhir.Store;

/// <summary>Reads relative references such as <c>Patient/123</c> or <c>Patient/123/_history/2</c>.</summary>
internal static class LocalReference
{
    /// <summary>The logical id when the Reference points at a resource of the type in this store; else null.</summary>
    public static string? Id(JsonElement reference, string type) =>
        reference.ValueKind == JsonValueKind.Object && reference.TryGetProperty("reference", out var text) && text.ValueKind == JsonValueKind.String
            ? Id(text.GetString()!, type)
            : null;

    /// <inheritdoc cref="Id(JsonElement, string)"/>
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
