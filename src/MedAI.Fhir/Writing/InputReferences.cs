using Hl7.Fhir.Model;
using MedAI.Fhir.Access;
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
    internal const string UrnSystem = "urn:ietf:rfc:3986";

    /// <summary>Everything that the estimate was made from, each once: measurements and states in the window, and the stay's encounter.</summary>
    public static List<ResourceReference> Basis(PatientTimeline timeline, ResultContext context) => Entries(timeline, context).ConvertAll(e => e.ToFhir());

    /// <inheritdoc cref="Basis"/>
    internal static List<BasisEntry> Entries(PatientTimeline timeline, ResultContext context)
    {
        var seen = new HashSet<SourceReference>(timeline.Measurements.Count + timeline.States.Count + 1);
        var basis = new List<BasisEntry>(timeline.Measurements.Count + timeline.States.Count + 1);
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
                basis.Add(EntryOf(source, context));
        }
    }

    /// <summary>The reference to one source.</summary>
    public static ResourceReference Of(SourceReference source, ResultContext context) => EntryOf(source, context).ToFhir();

    /// <summary>The reference to a resource of a patient's server, or of a request without one.</summary>
    internal static ResourceReference Of(string reference, PatientKey patient, string publicBase) => EntryOf(new SourceReference(reference), patient, publicBase).ToFhir();

    private static BasisEntry EntryOf(SourceReference source, ResultContext context) => EntryOf(source, context.Patient, context.PublicBase);

    private static BasisEntry EntryOf(SourceReference source, PatientKey patient, string publicBase)
    {
        string? hash = source.Version is null ? source.ContentHash : null;
        if (source.Reference.StartsWith("urn:", StringComparison.Ordinal))
            return new BasisEntry(null, source.Reference, null, hash);
        // A resource without an id has no address: its place in the request is said in words.
        return TypeIn(source.Reference).IsEmpty
            ? new BasisEntry(null, null, source.Reference, hash)
            : new BasisEntry(Absolute(source, patient, publicBase), null, null, hash);
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
    public static string Absolute(SourceReference source, ResultContext context) => Absolute(source, context.Patient, context.PublicBase);

    private static string Absolute(SourceReference source, PatientKey patient, string publicBase)
    {
        string reference = source.Reference;
        if (reference.StartsWith("urn:", StringComparison.Ordinal))
            return reference;
        bool foreign = !reference.Contains("://", StringComparison.Ordinal) && patient.FhirBase != publicBase;
        bool versioned = source.Version is not null && !reference.Contains("/_history/", StringComparison.Ordinal);
        return (foreign, versioned) switch
        {
            (false, false) => reference,
            (false, true) => $"{reference}/_history/{source.Version}",
            (true, false) => $"{patient.FhirBase}/{reference}",
            (true, true) => $"{patient.FhirBase}/{reference}/_history/{source.Version}",
        };
    }

    /// <summary>The resource type that a literal reference names, or null.</summary>
    public static string? TypeOf(string? reference) => TypeIn(reference) is { IsEmpty: false } type ? type.ToString() : null;

    /// <summary>The resource type that a literal reference names; empty when it names none.</summary>
    internal static ReadOnlySpan<char> TypeIn(ReadOnlySpan<char> reference)
    {
        if (reference.IsEmpty || reference.StartsWith("urn:") || reference[0] == '#')
            return default;
        var rest = reference;
        int id = rest.LastIndexOf('/');
        if (id > 0 && rest[..id].EndsWith("/_history"))
        {
            rest = rest[..(id - "/_history".Length)];
            id = rest.LastIndexOf('/');
        }
        if (id <= 0 || id == rest.Length - 1)
            return default;
        var type = rest[(rest[..id].LastIndexOf('/') + 1)..id];
        return type.Length > 0 && char.IsAsciiLetterUpper(type[0]) ? type : default;
    }
}
