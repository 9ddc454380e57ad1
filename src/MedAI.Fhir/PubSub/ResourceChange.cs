using System.Text.Json;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.PubSub;

/// <summary>A resource of the hospital's FHIR server that was created, updated or deleted.</summary>
/// <param name="Kind">create, update or delete as sent, in lower case.</param>
/// <param name="Patient">Reference to whom it is about as sent; null where the message does not hold the resource, or it is about nobody.</param>
/// <param name="Source">Who wrote it (<c>meta.source</c>); null where the message does not say.</param>
/// <param name="HasResource">False for a light event and a deletion.</param>
internal sealed record ResourceChange(string Type, string Id, string Version, string Kind, string? Patient, string? Source, bool HasResource)
{
    /// <summary>The same for the same change sent twice.</summary>
    public string Key => $"{Type}/{Id}/{Version}/{Kind}";

    /// <summary>The changes of a message; null when it is not one of changes in FHIR R4, or cannot be read.</summary>
    public static IReadOnlyList<ResourceChange>? Read(ReadOnlyMemory<byte> message)
    {
        if (!StrictJson.TryParse(message, out var document, out _))
            return null;
        using (document)
        {
            var envelope = document.RootElement;
            if (!LooseJson.Items(LooseJson.Member(envelope, "messageType")).Any(t => t.ValueKind == JsonValueKind.String && FirelyContract.IsChange(t.GetString()!))
                || !string.Equals(LooseJson.Text(LooseJson.Member(envelope, "headers"), FirelyContract.ReleaseHeader), FirelyContract.Release, StringComparison.OrdinalIgnoreCase))
                return null;
            var changes = new List<ResourceChange>();
            foreach (var change in LooseJson.Items(LooseJson.Member(LooseJson.Member(envelope, "message"), "changes")))
            {
                if (Of(change) is not { } read)
                    return null;
                changes.Add(read);
            }
            return changes;
        }
    }

    private static ResourceChange? Of(JsonElement change)
    {
        var reference = LooseJson.Member(change, "reference");
        if (LooseJson.Text(reference, "resourceType") is not { Length: > 0 } type || LooseJson.Text(reference, "resourceId") is not { } id || !FhirId.IsValid(id))
            return null;
        string kind = LooseJson.Text(change, "changeType")?.ToLowerInvariant() ?? "", version = LooseJson.Text(reference, "version") ?? "";
        var bare = new ResourceChange(type, id, version, kind, type == "Patient" ? "Patient/" + id : null, null, false);
        if (LooseJson.Text(change, "resource") is not { Length: > 0 } text)
            return bare;
        if (!StrictJson.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var document, out _))
            return null;
        using (document)
        {
            var resource = document.RootElement;
            return bare with { HasResource = true, Patient = bare.Patient ?? PatientOf(resource), Source = FhirJson.String(FhirJson.Member(FhirJson.Member(resource, "meta"u8), "source"u8)) };
        }
    }

    /// <summary>Whom a resource is about.</summary>
    public static string? PatientOf(JsonElement resource) =>
        FhirJson.String(FhirJson.Member(FhirJson.Member(resource, "subject"u8), "reference"u8)) ?? FhirJson.String(FhirJson.Member(FhirJson.Member(resource, "patient"u8), "reference"u8));
}
