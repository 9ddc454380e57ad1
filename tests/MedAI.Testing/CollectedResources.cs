using System.Security.Cryptography;
using System.Text.Json;

namespace MedAI.Testing;

/// <summary>Keeps the FHIR that tests saw, for validators that share no code with the server.</summary>
/// <remarks>
/// Only where <c>MEDAI_COLLECT</c> names a folder; there each test process writes one NDJSON file. The same bytes are kept once. Thread safe.
/// Records of patients are left out: the samples are dirty on purpose, and what is judged is what the server wrote.
/// </remarks>
public static class CollectedResources
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("MEDAI_COLLECT") is { Length: > 0 } folder ? folder : null;

    private static readonly HashSet<string> OfPatients =
        new(["Patient", "Group", "Encounter", "Location", "Procedure", "Condition", "Specimen", "ImagingStudy", "Endpoint"], StringComparer.Ordinal);

    /// <summary>Profile of resources that a test made up: they are not kept.</summary>
    public const string MadeUp = "https://example.org/p";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();
    private static FileStream? _file;

    public static bool IsOn => Folder is not null;

    /// <summary>Keeps a resource, or the server's part of a Bundle. What is not FHIR JSON is ignored.</summary>
    public static void Add(ReadOnlySpan<byte> json)
    {
        if (Folder is null)
            return;
        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            Add(document.RootElement);
        }
        catch (JsonException)
        {
            // Tests of broken answers see such too.
        }
    }

    private static void Add(JsonElement resource)
    {
        if (resource.ValueKind != JsonValueKind.Object || !resource.TryGetProperty("resourceType", out var type))
            return;
        if (IsWritten(resource))
            Write(resource);
        else if (type.ValueEquals("Bundle") && resource.TryGetProperty("entry", out var entries))
        {
            foreach (var entry in entries.EnumerateArray())
            {
                if (entry.TryGetProperty("resource", out var inner))
                    Add(inner);
            }
        }
    }

    /// <summary>True for what the server wrote: a Bundle counts where all of it is.</summary>
    private static bool IsWritten(JsonElement resource)
    {
        string type = resource.GetProperty("resourceType").GetString() ?? "";
        return type switch
        {
            "Bundle" => !resource.TryGetProperty("entry", out var entries) || entries.EnumerateArray().All(e => !e.TryGetProperty("resource", out var inner) || IsWritten(inner)),
            "Observation" => resource.TryGetProperty("meta", out var meta) && meta.GetRawText().Contains("\"AIAST\"", StringComparison.Ordinal),
            _ => !OfPatients.Contains(type) && !IsMadeUp(resource),
        };
    }

    /// <summary>True for what a test put into a store for its own purposes; it says so by a profile.</summary>
    private static bool IsMadeUp(JsonElement resource) =>
        resource.TryGetProperty("meta", out var meta) && meta.TryGetProperty("profile", out var profiles) && profiles.EnumerateArray().Any(p => p.ValueEquals(MadeUp));

    private static void Write(JsonElement resource)
    {
        byte[] line = [.. System.Text.Encoding.UTF8.GetBytes(resource.GetRawText().ReplaceLineEndings(" ")), (byte)'\n'];
        lock (Gate)
        {
            if (!Known.Add(Convert.ToHexString(SHA256.HashData(line))))
                return;
            _file ??= File.Create(Path.Combine(Directory.CreateDirectory(Folder!).FullName, $"{Environment.ProcessId}.ndjson"));
            _file.Write(line);
            // The process may end without a word.
            _file.Flush();
        }
    }
}
