using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedAI.Fhir.Conformance;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Store.Bundles;

/// <summary>One request that a Bundle holds: what it would be if it came alone.</summary>
/// <param name="Place">FHIRPath of the entry.</param>
/// <param name="Path">Below the FHIR base, without a slash at its beginning.</param>
/// <param name="Query">With its question mark; empty where there is none.</param>
public sealed partial record BundleEntry(string Place, string Method, string Path, string Query)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];

    public string? FullUrl { get; private init; }

    /// <summary>Undefined where there is none.</summary>
    public JsonElement Resource { get; private init; }

    /// <summary>Conditions, as headers.</summary>
    public IReadOnlyList<(string Name, string Value)> Conditions { get; private init; } = [];

    public bool Writes => Method is "POST" or "PUT" or "DELETE" or "PATCH";

    /// <summary>Whether it invokes an operation.</summary>
    public bool Operates => Path.Contains('$', StringComparison.Ordinal);

    /// <param name="fhirBase">This server's own.</param>
    public static (BundleEntry? Entry, Failure? Failure) Read(JsonElement entry, int index, string fhirBase)
    {
        string place = PlaceOf(index);
        var request = FhirJson.Member(entry, "request"u8);
        string? method = FhirJson.String(FhirJson.Member(request, "method"u8));
        var address = FhirJson.Member(request, "url"u8);
        if (method is null || address.ValueKind != JsonValueKind.String)
            return Refuse(FailureCode.MalformedRequest, "Every entry needs request.method and request.url.", place + ".request");
        if (!Methods.Contains(method))
            return Refuse(FailureCode.MalformedRequest, "The method is GET, POST, PUT or DELETE.", place + ".request.method");
        string url = FhirJson.String(address) ?? "";
        string relative = url.StartsWith(fhirBase, StringComparison.Ordinal) ? url[fhirBase.Length..] : url;
        int mark = relative.IndexOf('?', StringComparison.Ordinal);
        string path = (mark < 0 ? relative : relative[..mark]).TrimStart('/');
        if (path.Length == 0)
            return Refuse(FailureCode.NotInBundle, "A Bundle holds no Bundle of requests.", place + ".request.url");
        // What is asked under an address that only people and browsers use, or that belongs to one caller's job, is no part of a Bundle.
        if (!PathForm().IsMatch(path))
            return Refuse(FailureCode.MalformedRequest, "The url is one of this server's FHIR endpoints, relative to its base.", place + ".request.url");
        var resource = FhirJson.Member(entry, "resource"u8);
        if (resource.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
            return Refuse(FailureCode.MalformedRequest, "The resource of an entry is an object.", place + ".resource");
        if (method is "GET" or "HEAD" or "DELETE")
            resource = default;
        return (new BundleEntry(place, method, path, mark < 0 ? "" : WithoutForm(relative[mark..]))
        {
            FullUrl = FhirJson.String(FhirJson.Member(entry, "fullUrl"u8)),
            Resource = resource,
            Conditions = [.. ConditionsOf(request)],
        }, null);
    }

    public static string PlaceOf(int index) => string.Create(CultureInfo.InvariantCulture, $"Bundle.entry[{index}]");

    private static (BundleEntry?, Failure?) Refuse(FailureCode code, string text, string place) => (null, new Failure(code, text, place));

    private static IEnumerable<(string, string)> ConditionsOf(JsonElement request)
    {
        if (FhirJson.String(FhirJson.Member(request, "ifMatch"u8)) is { } match)
            yield return ("If-Match", match);
        if (FhirJson.String(FhirJson.Member(request, "ifNoneMatch"u8)) is { } none)
            yield return ("If-None-Match", none);
        if (FhirJson.String(FhirJson.Member(request, "ifNoneExist"u8)) is { } exist)
            yield return ("If-None-Exist", exist);
        if (FhirJson.String(FhirJson.Member(request, "ifModifiedSince"u8)) is { } since && DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            yield return ("If-Modified-Since", instant.ToString("R", CultureInfo.InvariantCulture));
    }

    /// <summary>The form of the answer is that of the whole Bundle.</summary>
    private static string WithoutForm(string query)
    {
        string kept = string.Join('&', query[1..].Split('&').Where(p => !p.StartsWith("_format=", StringComparison.Ordinal) && !p.StartsWith("_pretty=", StringComparison.Ordinal)));
        return kept.Length == 0 ? "" : "?" + kept;
    }

    [GeneratedRegex(@"^(metadata|\$[a-z][a-z-]{0,63}|[A-Z][A-Za-z]{1,63}(/[A-Za-z0-9$_.-]{1,64}){0,4})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex PathForm();
}
