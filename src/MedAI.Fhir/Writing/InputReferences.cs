using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>References to the resources that a result was computed from.</summary>
/// <remarks>
/// Never a dangling local reference: a relative reference of a foreign patient is made absolute under that patient's FHIR base, and
/// an entry that has only a urn is referred to by identifier. A source with a version is referred to in that version; without one,
/// the SHA-256 of what was read goes along in an extension.
/// </remarks>
public static class InputReferences
{
    /// <summary>Everything that the estimate was made from, each once: measurements and states in the window, and the stay's encounter.</summary>
    public static List<ResourceReference> Basis(PatientTimeline timeline, ResultContext context)
    {
        var seen = new HashSet<SourceReference>(timeline.Measurements.Count + timeline.States.Count + 1);
        var basis = new List<ResourceReference>(timeline.Measurements.Count + timeline.States.Count + 1);
        if (timeline.Stay is { } stay)
            Add(stay.Encounter);
        foreach (ModelVariable variable in timeline.Variables.Variables)
        {
            foreach (ref readonly Measurement measurement in timeline.InWindow(variable))
            {
                Add(measurement.Source);
                foreach (SourceReference other in measurement.OtherSources)
                    Add(other);
            }
        }
        foreach (StateInterval state in timeline.States)
            Add(state.Source);
        return basis;

        void Add(SourceReference source)
        {
            if (seen.Add(source))
                basis.Add(Of(source, context));
        }
    }

    /// <summary>The reference to one source.</summary>
    public static ResourceReference Of(SourceReference source, ResultContext context)
    {
        var reference = new ResourceReference();
        if (source.Reference.StartsWith("urn:", StringComparison.Ordinal))
            reference.Identifier = new Identifier("urn:ietf:rfc:3986", source.Reference);
        else if (!IsLiteral(source.Reference))
            // A resource without an id has no address: its place in the request is said in words.
            reference.Display = source.Reference;
        else
            reference.Reference = Absolute(source, context);
        if (source.Version is null && source.ContentHash is { } hash)
            reference.AddExtension(CanonicalUrls.ContentSha256, new FhirString(hash));
        return reference;
    }

    /// <summary>The content hash that goes along with a reference to a source without a version, or null.</summary>
    public static string? HashOf(ResourceReference reference)
    {
        // Not asked of a reference without extensions: asking would make an empty list for each of hundreds.
        if (!reference.HasExtensions())
            return null;
        return reference.GetExtensionValue<FhirString>(CanonicalUrls.ContentSha256)?.Value;
    }

    /// <summary>The reference as text, with the version where known; a urn stays as it is.</summary>
    public static string Absolute(SourceReference source, ResultContext context)
    {
        string reference = source.Reference;
        if (reference.StartsWith("urn:", StringComparison.Ordinal))
            return reference;
        bool foreign = !reference.Contains("://", StringComparison.Ordinal) && context.Patient.FhirBase != context.PublicBase;
        bool versioned = source.Version is not null && !reference.Contains("/_history/", StringComparison.Ordinal);
        return (foreign, versioned) switch
        {
            (false, false) => reference,
            (false, true) => $"{reference}/_history/{source.Version}",
            (true, false) => $"{context.Patient.FhirBase}/{reference}",
            (true, true) => $"{context.Patient.FhirBase}/{reference}/_history/{source.Version}",
        };
    }

    /// <summary>True for a relative or absolute reference to a resource, with or without a version.</summary>
    public static bool IsLiteral(string? reference) => !TypeSpan(reference).IsEmpty;

    /// <summary>The resource type that a literal reference names, or null.</summary>
    public static string? TypeOf(string? reference)
    {
        ReadOnlySpan<char> type = TypeSpan(reference);
        return type.IsEmpty ? null : type.ToString();
    }

    /// <summary>Does not allocate: hundreds of references pass here for every result.</summary>
    private static ReadOnlySpan<char> TypeSpan(string? reference)
    {
        if (string.IsNullOrEmpty(reference) || reference[0] == '#' || reference.StartsWith("urn:", StringComparison.Ordinal))
            return default;
        ReadOnlySpan<char> rest = reference;
        int history = rest.IndexOf("/_history/");
        if (history >= 0)
            rest = rest[..history];
        int slash = rest.LastIndexOf('/');
        if (slash <= 0 || slash == rest.Length - 1)
            return default;
        rest = rest[..slash];
        ReadOnlySpan<char> type = rest[(rest.LastIndexOf('/') + 1)..];
        return type.Length > 0 && char.IsAsciiLetterUpper(type[0]) ? type : default;
    }
}
