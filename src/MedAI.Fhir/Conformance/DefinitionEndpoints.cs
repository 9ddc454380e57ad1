using System.Buffers;
using System.Text.Json;
using MedAI.Fhir.Requests;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Conformance;

/// <summary><c>GET StructureDefinition/medai-device</c>, <c>GET ValueSet?url=...</c>: what this software coined can be looked up by whoever meets a canonical of it.</summary>
/// <remarks>Open to everybody, as metadata is; nothing about a patient. Read only: another method is 405.</remarks>
public static class DefinitionEndpoints
{
    private static readonly string[] Parameters = ["_id", "url", "version"];

    /// <summary>What the CapabilityStatement says about them.</summary>
    public static IEnumerable<ServedInteraction> Served => PublishedDefinitions.Types.SelectMany<string, ServedInteraction>(type =>
    [
        ServedInteraction.Of(type, "read"),
        ServedInteraction.Of(type, "search-type"),
        ServedInteraction.Search(type, "_id", "token"),
        ServedInteraction.Search(type, "url", "uri"),
        ServedInteraction.Search(type, "version", "token"),
    ]);

    public static void MapDefinitions(this RouteGroupBuilder fhir)
    {
        foreach (string type in PublishedDefinitions.Types)
        {
            fhir.MapGet($"/{type}/{{id}}", (string id, HttpContext http) => Read(type, id, http));
            fhir.MapGet($"/{type}", (HttpContext http, PublicAddress address) => Search(type, http, address.FhirBase));
        }
    }

    private static IResult Read(string type, string id, HttpContext http)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        if (PublishedDefinitions.Find(type, id) is not { } definition)
            return http.Fail(new Failure(FailureCode.NotFound));
        // A later version of this software may say more under the same id.
        http.Response.Headers.CacheControl = "public, no-cache";
        http.Response.Headers.Vary = "Accept";
        http.Response.Headers.ETag = definition.Tag;
        if (EntityTagHeaderValue.TryParseList(http.Request.Headers.IfNoneMatch, out var known)
            && known.Any(k => k.Compare(EntityTagHeaderValue.Parse(definition.Tag), useStrongComparison: false)))
            return Results.StatusCode(StatusCodes.Status304NotModified);
        return Results.Bytes(definition.Json, form.ContentType);
    }

    private static IResult Search(string type, HttpContext http, string fhirBase)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        bool lenient = http.Request.Headers["Prefer"].Any(p => p?.Contains("handling=lenient", StringComparison.OrdinalIgnoreCase) == true);
        int unknown = http.Request.Query.Keys.Count(k => k is not ("_format" or "_pretty") && !Parameters.Contains(k));
        if (unknown > 0 && !lenient)
            return http.Fail(new Failure(FailureCode.InvalidParameter, "This search knows the parameters _id, url and version.", "http.query"));
        IEnumerable<PublishedDefinition> found = PublishedDefinitions.All.Where(d => d.Type == type);
        foreach (string name in Parameters)
        {
            // Given twice, both must hold; values between commas are alternatives.
            foreach (string? value in http.Request.Query[name])
            {
                string[] wanted = (value ?? "").Split(',');
                found = found.Where(d => wanted.Contains(Of(d, name)));
            }
        }
        return Results.Bytes(Write([.. found], unknown, Self(http.Request.Query, fhirBase, type), fhirBase), form.ContentType);
    }

    private static string Of(PublishedDefinition definition, string parameter) => parameter switch
    {
        "_id" => definition.Id,
        "url" => definition.Url,
        _ => definition.Version,
    };

    /// <summary>The search as it was understood.</summary>
    private static string Self(IQueryCollection query, string fhirBase, string type)
    {
        string[] used = [.. Parameters.SelectMany(name => query[name].Select(value => $"{name}={Uri.EscapeDataString(value ?? "")}"))];
        return used.Length == 0 ? $"{fhirBase}/{type}" : $"{fhirBase}/{type}?{string.Join('&', used)}";
    }

    private static ReadOnlyMemory<byte> Write(IReadOnlyList<PublishedDefinition> found, int unknown, string self, string fhirBase)
    {
        var buffer = new ArrayBufferWriter<byte>(found.Sum(d => d.Json.Length) + 1024);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", "searchset");
        writer.WriteNumber("total", found.Count);
        writer.WriteStartArray("link");
        writer.WriteStartObject();
        writer.WriteString("relation", "self");
        writer.WriteString("url", self);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (found.Count > 0 || unknown > 0)
        {
            writer.WriteStartArray("entry");
            foreach (PublishedDefinition definition in found)
            {
                writer.WriteStartObject();
                writer.WriteString("fullUrl", $"{fhirBase}/{definition.Type}/{definition.Id}");
                writer.WritePropertyName("resource");
                writer.WriteRawValue(definition.Json.Span);
                Mode("match");
            }
            if (unknown > 0)
            {
                writer.WriteStartObject();
                writer.WriteStartObject("resource");
                writer.WriteString("resourceType", "OperationOutcome");
                writer.WriteStartArray("issue");
                writer.WriteStartObject();
                writer.WriteString("severity", "warning");
                writer.WriteString("code", "not-supported");
                writer.WriteString("diagnostics", $"{unknown} parameter(s) are not known to this search and were left out.");
                writer.WriteEndObject();
                writer.WriteEndArray();
                writer.WriteEndObject();
                Mode("outcome");
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;

        void Mode(string mode)
        {
            writer.WriteStartObject("search");
            writer.WriteString("mode", mode);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }
}
