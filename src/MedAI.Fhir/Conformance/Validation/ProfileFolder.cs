using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Specification.Source;

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>The profiles, value sets and code systems that come with the program, in the folder <c>profiles</c> beside it or, in a checkout, in a parent folder.</summary>
internal static class ProfileFolder
{
    private static readonly BaseFhirJsonDeserializer Lenient = new(ModelInfo.ModelInspector, new DeserializerSettings().UsingMode(DeserializationMode.Ostrich));

    /// <summary>All definitions with a canonical URL; none where there is no such folder.</summary>
    public static InMemoryResourceResolver Load()
    {
        var resolver = new InMemoryResourceResolver();
        if (ContentFolders.Beside("profiles") is not { } folder)
            return resolver;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Read(file) is { } definition)
                resolver.Add(definition);
        }
        return resolver;
    }

    /// <summary>Null for what is no definition: package lists and examples lie there too.</summary>
    private static Resource? Read(string file)
    {
        byte[] json = File.ReadAllBytes(file);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("resourceType"u8, out var type)
                || type.GetString() is not ("StructureDefinition" or "ValueSet" or "CodeSystem"))
                return null;
        }
        catch (JsonException)
        {
            return null;
        }
        var reader = new Utf8JsonReader(json);
        return Lenient.TryDeserializeResource(ref reader, out var resource, out _) ? resource : null;
    }
}
