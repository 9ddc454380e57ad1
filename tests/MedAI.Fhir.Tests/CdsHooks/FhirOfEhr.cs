using System.Globalization;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Outbound;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>An EHR's FHIR server on real Kestrel that holds one patient's record, searches it, and misbehaves where a test says so.</summary>
internal sealed class FhirOfEhr : IAsyncDisposable
{
    private readonly List<JsonObject> _resources = [];

    public FakeUpstream Upstream { get; private set; } = null!;

    public string Base => Upstream.Origin + "/fhir";

    /// <summary>Entries of a page; null: as many as asked for.</summary>
    public int? PageSize { get; set; }

    /// <summary>False: POST is answered with 405.</summary>
    public bool TakesPost { get; set; } = true;

    /// <summary>Answers in place of the server; false: as usual.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    /// <summary>Changes a searchset before it is sent.</summary>
    public Action<JsonObject>? OnSearch { get; set; }

    /// <summary>Type and parameters of every search and read, in order.</summary>
    public List<string> Asked { get; } = [];

    public IEnumerable<FakeUpstream.Asked> Requests => Upstream.Requests;

    public static async Task<FhirOfEhr> StartAsync()
    {
        var ehr = new FhirOfEhr();
        ehr.Upstream = await FakeUpstream.StartAsync(ehr.AnswerAsync);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in Call.WithPrefetch(ehr.Base)["prefetch"]!.AsObject().Select(p => p.Value!.AsObject()))
        {
            foreach (var resource in (string?)value["resourceType"] == "Bundle" ? value["entry"]!.AsArray().Select(e => e!["resource"]!.AsObject()) : [value])
            {
                if (seen.Add($"{resource["resourceType"]}/{resource["id"]}"))
                    ehr._resources.Add(resource.DeepClone().AsObject());
            }
        }
        return ehr;
    }

    /// <summary>Holds another record, too.</summary>
    /// <param name="record">A Bundle.</param>
    public void Hold(JsonObject record) => _resources.AddRange(record["entry"]!.AsArray().Select(e => e!["resource"]!.DeepClone().AsObject()));

    /// <summary>Changes every resource of the record.</summary>
    public void Change(Func<JsonObject, JsonObject> change)
    {
        for (int i = 0; i < _resources.Count; i++)
            _resources[i] = change(_resources[i]);
    }

    /// <summary>As usual again.</summary>
    public void Reset()
    {
        (PageSize, TakesPost, Instead, OnSearch) = (null, true, null, null);
        Upstream.Requests.Clear();
        lock (Asked)
            Asked.Clear();
    }

    public static Task WriteAsync(HttpContext context, string json, string contentType = "application/fhir+json")
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(json);
    }

    public ValueTask DisposeAsync() => Upstream.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (Instead is { } instead && await instead(context))
            return;
        string[] path = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool post = HttpMethods.IsPost(context.Request.Method);
        if (path is not ["fhir", var type, ..] || (post && !TakesPost))
        {
            context.Response.StatusCode = post ? 405 : 404;
            return;
        }
        var query = post
            ? QueryHelpers.ParseQuery(await new StreamReader(context.Request.Body).ReadToEndAsync())
            : QueryHelpers.ParseQuery(context.Request.QueryString.Value);
        lock (Asked)
            Asked.Add(type + "?" + string.Join('&', query.Select(q => $"{q.Key}={q.Value}")));
        if (path is [_, _, var id] && !post)
        {
            var found = _resources.Find(r => (string?)r["resourceType"] == type && (string?)r["id"] == id);
            if (found is null)
                context.Response.StatusCode = 404;
            else
                await WriteAsync(context, found.ToJsonString());
            return;
        }
        var matches = _resources.Where(r => (string?)r["resourceType"] == type && query.All(q => q.Value.All(v => Fits(r, q.Key, v!)))).ToList();
        int size = Math.Min(PageSize ?? int.MaxValue, query.TryGetValue("_count", out var count) ? int.Parse(count!, CultureInfo.InvariantCulture) : int.MaxValue);
        int page = query.TryGetValue("_page", out var number) ? int.Parse(number!, CultureInfo.InvariantCulture) : 0;
        var bundle = new JsonObject { ["resourceType"] = "Bundle", ["type"] = "searchset", ["total"] = matches.Count };
        if (matches.Count > (page + 1L) * size)
        {
            string next = $"{Base}/{type}?{string.Join('&', query.Where(q => q.Key != "_page").Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value.ToString())}"))}&_page={page + 1}";
            bundle["link"] = new JsonArray(new JsonObject { ["relation"] = "next", ["url"] = next });
        }
        bundle["entry"] = new JsonArray([.. matches.Skip(page * size).Take(size).Select(r => new JsonObject
        {
            ["fullUrl"] = $"{Base}/{type}/{r["id"]}",
            ["resource"] = r.DeepClone(),
            ["search"] = new JsonObject { ["mode"] = "match" },
        })]);
        OnSearch?.Invoke(bundle);
        await WriteAsync(context, bundle.ToJsonString());
    }

    private static bool Fits(JsonObject resource, string parameter, string value) => parameter switch
    {
        "patient" => ((string?)resource["subject"]?["reference"])?.EndsWith("/" + value, StringComparison.Ordinal) == true,
        "_id" => value.Split(',').Contains((string?)resource["id"]),
        "category" => resource["category"]?.AsArray().Any(c => c!["coding"]!.AsArray().Any(x => (string?)x!["code"] == value)) == true,
        "code" => Codings(resource["code"]).Any(c => value.Split(',').Contains(c)),
        "type" => resource["type"]?.AsArray().Any(t => Codings(t).Any(c => value.Split(',').Contains(c))) == true,
        "encounter" => ((string?)resource["encounter"]?["reference"])?.EndsWith("/" + value, StringComparison.Ordinal) == true,
        // The parameter's paths are those of effective alone.
        "date" => resource["effectiveDateTime"] is not { } at ? resource["effectivePeriod"] is not null : DateTimeOffset.Parse((string)at!, CultureInfo.InvariantCulture) >= DateTimeOffset.Parse(value[2..], CultureInfo.InvariantCulture),
        _ => true,
    };

    private static IEnumerable<string> Codings(JsonNode? concept) => concept?["coding"]?.AsArray().Select(c => $"{c!["system"]}|{c["code"]}") ?? [];
}
