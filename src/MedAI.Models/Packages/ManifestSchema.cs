namespace MedAI.Models.Packages;

/// <summary>The JSON Schema (2020-12) of manifest.json, for editors and for whoever writes a package.</summary>
public static class ManifestSchema
{
    private static readonly byte[] s_utf8 = Read();

    public static ReadOnlyMemory<byte> Utf8 => s_utf8;

    private static byte[] Read()
    {
        using Stream stream = typeof(ManifestSchema).Assembly.GetManifestResourceStream("model-manifest.schema.json")
            ?? throw new InvalidOperationException("The schema is embedded in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
