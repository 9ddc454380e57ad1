using System.Text.Encodings.Web;
using System.Text.Json;

namespace MedAI.Models.Packages;

/// <summary>Writes manifest.json; <see cref="ManifestReader"/> reads it back.</summary>
public static class ManifestWriter
{
    // A file, not a web page: units such as ug/L and names keep their characters.
    private static readonly ManifestJsonContext s_context =
        new(new JsonSerializerOptions(ManifestJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Indented UTF-8 without byte order mark and without nulls, ending in a line feed.</summary>
    public static byte[] ToUtf8(ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, s_context.ModelManifest);
        return [.. json, (byte)'\n'];
    }
}
