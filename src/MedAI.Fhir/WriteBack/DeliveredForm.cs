using System.Text.Json.Nodes;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.WriteBack;

/// <summary>A stored result in the form in which another server keeps it: its own references, no profile of ours, and labelled so that it is not shown to patients.</summary>
/// <remarks>
/// <c>meta.source</c> names this server: that is how it knows its own writes when it hears of them again. The label NOPAT (HL7 v3-ActCode: no disclosure to the patient without
/// the attending provider's authorization) goes onto every copy, because nobody has looked at a result when it is written back.
/// </remarks>
public sealed class DeliveredForm(PublicAddress address, IOptions<UpstreamOptions> upstream)
{
    private const string ActCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    private const string NotForPatients = "NOPAT";

    /// <summary>Value of <c>meta.source</c> on everything that this server writes elsewhere, up to the id.</summary>
    public string Source => address.FhirBase + "#";

    /// <summary>This server's own address of a resource, without its version.</summary>
    public string OwnReference(StoredResource stored) => $"{address.FhirBase}/{stored.Type}/{stored.Id}";

    /// <summary>The copy.</summary>
    /// <param name="id">Logical id there; null where the other server gives one.</param>
    /// <param name="replaced">A reference to write differently, without its version: this server's own address of the result; null for none.</param>
    /// <param name="by">What stands in its place.</param>
    /// <param name="version">Whether <c>meta.versionId</c> and <c>meta.lastUpdated</c> are kept.</param>
    public JsonObject Of(StoredResource stored, string? id = null, string? replaced = null, string? by = null, bool version = false)
    {
        var resource = JsonNode.Parse(stored.Json.Span)!.AsObject();
        var old = resource["meta"] as JsonObject;
        var meta = new JsonObject();
        if (version)
        {
            meta["versionId"] = old?["versionId"]?.DeepClone();
            meta["lastUpdated"] = old?["lastUpdated"]?.DeepClone();
        }
        meta["source"] = Source + stored.Id;
        var labels = old?["security"]?.DeepClone().AsArray() ?? [];
        labels.Add((JsonNode)Label());
        meta["security"] = labels;
        resource["meta"] = meta;
        if (id is null)
            resource.Remove("id");
        else
            resource["id"] = id;
        Relate(resource, replaced, by);
        return resource;
    }

    /// <summary>The result as a document, for a server that takes nothing else.</summary>
    public JsonObject AsDocument(StoredResource stored)
    {
        var result = Of(stored, stored.Id);
        var document = new JsonObject
        {
            ["resourceType"] = "DocumentReference",
            ["meta"] = new JsonObject { ["source"] = Source + stored.Id, ["security"] = result["meta"]!["security"]!.DeepClone() },
            ["identifier"] = result["identifier"]?.DeepClone(),
            ["status"] = "current",
            ["type"] = result["code"]?.DeepClone(),
            ["subject"] = result["subject"]!.DeepClone(),
            ["date"] = result["occurrenceDateTime"]?.DeepClone(),
            ["description"] = "Risk estimated by an AI model",
            ["content"] = new JsonArray(new JsonObject
            {
                ["attachment"] = new JsonObject
                {
                    ["contentType"] = "application/fhir+json",
                    ["data"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(result.ToJsonString())),
                    ["title"] = "RiskAssessment",
                },
            }),
        };
        if (result["encounter"] is { } encounter)
            document["context"] = new JsonObject { ["encounter"] = new JsonArray(encounter.DeepClone()) };
        foreach (string empty in document.Where(m => m.Value is null).Select(m => m.Key).ToArray())
            document.Remove(empty);
        return document;
    }

    /// <summary>Search parameter that finds a result by what names it; the same data give the same name.</summary>
    public static string? IdentifierOf(StoredResource stored)
    {
        var identifier = JsonNode.Parse(stored.Json.Span)?["identifier"]?[0];
        return (string?)identifier?["system"] is { } system && (string?)identifier["value"] is { } value
            ? $"identifier={Uri.EscapeDataString(system)}|{Uri.EscapeDataString(value)}"
            : null;
    }

    private static JsonObject Label() => new() { ["system"] = ActCode, ["code"] = NotForPatients, ["display"] = "no disclosure to patient, family or caregivers without attending provider's authorization" };

    /// <summary>Their own resources are referred to as theirs.</summary>
    private void Relate(JsonNode? node, string? replaced, string? by)
    {
        switch (node)
        {
            case JsonObject item:
                if ((item["reference"] as JsonValue)?.TryGetValue<string>(out string? reference) == true)
                    item["reference"] = Local(reference, replaced, by);
                foreach (var member in item)
                    Relate(member.Value, replaced, by);
                break;
            case JsonArray list:
                foreach (var item in list)
                    Relate(item, replaced, by);
                break;
            default:
                break;
        }
    }

    private string Local(string reference, string? replaced, string? by)
    {
        if (replaced is not null && by is not null && (reference == replaced || reference.StartsWith(replaced + "/_history/", StringComparison.Ordinal)))
            return by;
        string theirs = upstream.Value.BaseUrl + "/";
        return reference.StartsWith(theirs, StringComparison.Ordinal) ? reference[theirs.Length..] : reference;
    }
}
