using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;

namespace MedAI.Fhir.Store;

/// <summary>Stores the resources of a FHIR Bundle as they are: ids kept, references between the entries made local, one transaction.</summary>
/// <remarks>Importing the same Bundle again changes nothing.</remarks>
public static class BundleImport
{
    /// <param name="json">UTF-8 JSON of a Bundle of type collection, transaction or batch.</param>
    /// <param name="time">Gives meta.lastUpdated of resources that have none.</param>
    /// <returns>How many resources the Bundle holds, or why nothing was stored.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer; nothing was stored.</exception>
    public static async ValueTask<ImportReceipt> ImportBundleAsync(
        this IResourceStore store, ReadOnlyMemory<byte> json, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!StrictJson.TryParse(json, out var document, out var failure))
            return new ImportReceipt(0, failure);
        StoreTransaction transaction;
        using (document)
        {
            var read = Read(document.RootElement, time.GetUtcNow());
            if (read.Failure is not null)
                return new ImportReceipt(0, read.Failure);
            transaction = new StoreTransaction { Resources = read.Writes };
        }
        await store.CommitAsync(transaction, cancellationToken);
        return new ImportReceipt(transaction.Resources.Count, null);
    }

    private static (List<ResourceWrite> Writes, Failure? Failure) Read(JsonElement bundle, DateTimeOffset now)
    {
        if (Text(bundle, "resourceType") != "Bundle")
            return Refuse("A Bundle is expected.", "$");
        if (Text(bundle, "type") is not ("collection" or "transaction" or "batch"))
            return Refuse("The Bundle's type must be collection, transaction or batch.", "Bundle.type");
        if (!bundle.TryGetProperty("entry", out var entries))
            return ([], null);
        if (entries.ValueKind != JsonValueKind.Array)
            return Refuse("Entries are an array.", "Bundle.entry");

        var found = new List<(JsonElement Resource, string Type, string Id)>(entries.GetArrayLength());
        var held = new HashSet<string>(StringComparer.Ordinal);
        var local = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries.EnumerateArray())
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"Bundle.entry[{found.Count}]");
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("resource", out var resource)
                || Text(resource, "resourceType") is not { Length: > 0 } type || Text(resource, "id") is not { Length: > 0 } id)
                return Refuse("Every entry needs a resource with a type and an id.", place);
            if (entry.TryGetProperty("request", out var request) && Text(request, "method") is not ("PUT" or "POST"))
                return Refuse("Only PUT and POST can be imported.", place + ".request.method");
            string reference = $"{type}/{id}";
            if (!held.Add(reference))
                return Refuse("A resource stands twice in the Bundle.", place);
            if (Text(entry, "fullUrl") is { } fullUrl && fullUrl != reference)
                local[fullUrl] = reference;
            found.Add((resource, type, id));
        }

        var writes = new List<ResourceWrite>(found.Count);
        foreach (var (resource, type, id) in found)
        {
            var updated = LastUpdated(resource) ?? now;
            writes.Add(new ResourceWrite(type, id, ResourceMeta.Stamp(resource, 1, updated, local), updated, PatientOf(resource, type, id, local)));
        }
        return (writes, null);
    }

    /// <summary>Logical id of the Patient in this store whose record the resource is part of; null where there is none.</summary>
    /// <param name="local">What references mean that are not local as they stand; null: they stand as they mean.</param>
    internal static string? PatientOf(JsonElement resource, string type, string id, Dictionary<string, string>? local = null)
    {
        if (type == "Patient")
            return id;
        foreach (string member in (ReadOnlySpan<string>)["subject", "patient"])
        {
            if (resource.TryGetProperty(member, out var reference) && Text(reference, "reference") is { } text)
                return LocalReference.Id(local?.GetValueOrDefault(text, text) ?? text, "Patient");
        }
        return null;
    }

    private static DateTimeOffset? LastUpdated(JsonElement resource) =>
        resource.TryGetProperty("meta", out var meta) && Text(meta, "lastUpdated") is { } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : null;

    private static string? Text(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static (List<ResourceWrite>, Failure?) Refuse(string text, string expression) =>
        ([], new Failure(FailureCode.MalformedRequest, text, expression));
}

/// <param name="Resources">Resources that the Bundle held and the store now has.</param>
/// <param name="Failure">Why nothing was stored; null when all was.</param>
public sealed record ImportReceipt(int Resources, Failure? Failure);
