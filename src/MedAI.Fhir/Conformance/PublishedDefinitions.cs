namespace MedAI.Fhir.Conformance;

/// <summary>The profiles, extensions, search parameters, code systems, value sets and concept maps of this software, as compiled from <c>profiles/</c> into the program.</summary>
/// <remarks>
/// The same at every installation of one version; never changed while the server runs. Read when they are first asked for.
/// OperationDefinitions are not among them: under their ids each server serves its own, which name its models and those of <c>profiles/</c> as their base (<see cref="OperationDefinitionWriter"/>).
/// </remarks>
public static class PublishedDefinitions
{
    /// <summary>Beginning of the names of the embedded files; the project file gives it.</summary>
    private const string Prefix = "Definitions/";

    private static readonly Lazy<IReadOnlyList<PublishedDefinition>> Read = new(ReadAll);

    /// <summary>All, in order of type and id.</summary>
    public static IReadOnlyList<PublishedDefinition> All => Read.Value;

    /// <summary>Types of which there is at least one, in order.</summary>
    public static IReadOnlyList<string> Types => [.. All.Select(d => d.Type).Distinct()];

    /// <summary>Null when there is none.</summary>
    public static PublishedDefinition? Find(string type, string id) => All.FirstOrDefault(d => d.Type == type && d.Id == id);

    /// <summary>Canonicals of our profiles of a resource type.</summary>
    public static IEnumerable<string> ProfilesOf(string type) => All.Where(d => d.Constrains == type).Select(d => d.Url);

    private static IReadOnlyList<PublishedDefinition> ReadAll()
    {
        var assembly = typeof(PublishedDefinitions).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => ReadOne(assembly.GetManifestResourceStream(name)!))
            .OrderBy(d => d.Type, StringComparer.Ordinal).ThenBy(d => d.Id, StringComparer.Ordinal)];
    }

    private static PublishedDefinition ReadOne(Stream stream)
    {
        byte[] json = new byte[stream.Length];
        using (stream)
            stream.ReadExactly(json);
        return PublishedDefinition.Read(json);
    }
}
