using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Everything that the readers of one request share.</summary>
internal sealed class ReadingSession(ReadingRequest request, PatientTimelineBuilder builder, ConceptMapTable maps, ReadingLimits limits,
    PatientOwnership owner, SourceEntries entries, ResourceIndex index, ProblemList problems)
{
    public ReadingRequest Request => request;

    public PatientTimelineBuilder Builder => builder;

    public VariableTable Variables => builder.Variables;

    public ConceptMapTable Maps => maps;

    public ReadingLimits Limits => limits;

    public SourceEntries Entries => entries;

    public ProblemList Problems => problems;

    public Utf8Pool Words { get; } = new();

    public DateTimeOffset AsOf => request.AsOf;

    /// <summary>Entry that a Reference element of <paramref name="referrer"/> names, or -1.</summary>
    public int Find(ResourceKind kind, JsonElement reference, in SourceEntry referrer)
    {
        var text = FhirJson.Text(FhirJson.Member(reference, "reference"u8));
        var local = Local(kind, text, referrer.OwnBase);
        if (!local.IsEmpty)
            return index.Find(kind, byId: true, local);
        return text.IsEmpty ? -1 : index.Find(kind, byId: false, text);
    }

    /// <summary>Resource that a Reference element names: another entry, or one contained in the referrer; undefined when there is none.</summary>
    public JsonElement Resolve(ResourceKind kind, JsonElement reference, in SourceEntry referrer)
    {
        var text = FhirJson.Text(FhirJson.Member(reference, "reference"u8));
        if (text.Length > 1 && text[0] == '#')
        {
            foreach (var contained in FhirJson.Items(FhirJson.Member(referrer.Resource, "contained"u8)))
            {
                if (FhirJson.Is(FhirJson.Member(contained, "id"u8), text[1..]) && FhirJson.Is(FhirJson.Member(contained, "resourceType"u8), ResourceTypes.Name(kind)))
                    return contained;
            }
            return default;
        }
        int found = Find(kind, reference, referrer);
        return found < 0 ? default : entries[found].Resource;
    }

    /// <summary>Id of a reference to that type on the patient's server; empty for any other.</summary>
    public ReadOnlySpan<byte> Local(ResourceKind kind, ReadOnlySpan<byte> reference, bool ownBase)
    {
        var local = owner.Local(reference, ownBase);
        var type = ResourceTypes.Name(kind);
        return local.Length > type.Length + 1 && local.StartsWith(type) && local[type.Length] == '/' ? local[(type.Length + 1)..] : default;
    }

    /// <summary>Where a value came from: the entry's own URL, else its absolute reference on the patient's server, else its place in the request.</summary>
    public SourceReference SourceOf(in SourceEntry entry)
    {
        string? version = Words.Get(FhirJson.Text(FhirJson.Member(entry.Meta, "versionId"u8)));
        return new SourceReference(ReferenceOf(entry), version, version is null ? HashOf(entry.Resource) : null);
    }

    private string ReferenceOf(in SourceEntry entry)
    {
        var url = FhirJson.Text(entry.FullUrl);
        if (PatientOwnership.IsAbsolute(url) || PatientOwnership.IsUrn(url))
            return Encoding.UTF8.GetString(url);
        var id = FhirJson.Text(entry.Id);
        if (id.IsEmpty)
            return entry.Path;
        string server = request.Patient.FhirBase;
        var type = ResourceTypes.Name(entry.Kind);
        Span<char> text = stackalloc char[256];
        int length = server.Length + type.Length + id.Length + 2;
        if (length > text.Length)
            return $"{server}/{Encoding.UTF8.GetString(type)}/{Encoding.UTF8.GetString(id)}";
        server.CopyTo(text);
        int at = server.Length;
        text[at++] = '/';
        at += Encoding.UTF8.GetChars(type, text[at..]);
        text[at++] = '/';
        at += Encoding.UTF8.GetChars(id, text[at..]);
        return new string(text[..at]);
    }

    /// <summary>The SHA-256 of the resource as it came, whole: whoever has the resource can compute it and compare.</summary>
    private static string HashOf(JsonElement resource)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(JsonMarshal.GetRawUtf8Value(resource), hash);
        return Convert.ToHexStringLower(hash);
    }
}
