using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Fhir.Tests.Sources.Upstream;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.WriteBack;

/// <summary>A hospital's FHIR server that takes what its CapabilityStatement says and keeps it.</summary>
internal sealed class WritableFhir
{
    private readonly Lock _one = new();
    private readonly HospitalFhir _hospital;

    public WritableFhir(HospitalFhir hospital)
    {
        _hospital = hospital;
        hospital.Instead = AnswerAsync;
    }

    public List<JsonObject> Kept { get; } = [];

    public bool Transactions { get; set; } = true;

    public List<string> Types { get; } = ["RiskAssessment", "Provenance", "DocumentReference"];

    public bool Conditional { get; set; } = true;

    /// <summary>Status in place of taking a POST, by path; null takes it.</summary>
    public Func<string, int?>? Refuse { get; set; }

    /// <summary>True: takes the next POST, and the answer is lost.</summary>
    public bool LoseAnswer { get; set; }

    public int Posts { get; private set; }

    public IEnumerable<JsonObject> Of(string type)
    {
        lock (_one)
            return [.. Kept.Where(r => (string?)r["resourceType"] == type)];
    }

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!["/fhir".Length..].Trim('/');
        if (path == "metadata")
        {
            await FhirOfEhr.WriteAsync(context, Statement().ToJsonString());
            return true;
        }
        if (HttpMethods.IsGet(context.Request.Method) && path is "RiskAssessment" or "Provenance" or "DocumentReference")
        {
            await FhirOfEhr.WriteAsync(context, Search(path, context.Request.Query).ToJsonString());
            return true;
        }
        if (!HttpMethods.IsPost(context.Request.Method) || path.EndsWith("/_search", StringComparison.Ordinal))
            return false;
        if (Refuse?.Invoke(path) is { } status)
        {
            context.Response.StatusCode = status;
            return true;
        }
        var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        string? location = null;
        JsonObject answer;
        lock (_one)
        {
            Posts++;
            if (path.Length == 0)
                answer = Transact(body);
            else
                (location, answer) = Create(path, body, context.Request.Headers["If-None-Exist"]);
        }
        if (LoseAnswer)
        {
            LoseAnswer = false;
            context.Abort();
            return true;
        }
        if (location is not null)
            context.Response.Headers.Location = location;
        context.Response.StatusCode = path.Length == 0 ? 200 : 201;
        await FhirOfEhr.WriteAsync(context, answer.ToJsonString());
        return true;
    }

    private (string Location, JsonObject Body) Create(string type, JsonObject resource, string? condition)
    {
        if (condition is not null && Kept.Find(r => (string?)r["resourceType"] == type && Identified(r, Uri.UnescapeDataString(condition["identifier=".Length..]))) is { } there)
            return ($"{_hospital.Fhir.Base}/{type}/{there["id"]}/_history/1", there.DeepClone().AsObject());
        var kept = resource.DeepClone().AsObject();
        Assert.False(kept.ContainsKey("id"));
        kept["id"] = $"up-{Kept.Count + 1}";
        Kept.Add(kept);
        return ($"{_hospital.Fhir.Base}/{type}/{kept["id"]}/_history/1", kept.DeepClone().AsObject());
    }

    private JsonObject Transact(JsonObject bundle)
    {
        Assert.Equal("transaction", (string?)bundle["type"]);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var answers = new JsonArray();
        foreach (var entry in bundle["entry"]!.AsArray())
        {
            string text = entry!["resource"]!.ToJsonString();
            foreach (var (name, place) in names)
                text = text.Replace(name, place, StringComparison.Ordinal);
            var (location, _) = Create((string)entry["request"]!["url"]!, JsonNode.Parse(text)!.AsObject(), (string?)entry["request"]!["ifNoneExist"]);
            names[(string)entry["fullUrl"]!] = string.Join('/', location[(_hospital.Fhir.Base.Length + 1)..].Split('/').Take(2));
            answers.Add((JsonNode)new JsonObject { ["response"] = new JsonObject { ["status"] = "201 Created", ["location"] = location } });
        }
        return new JsonObject { ["resourceType"] = "Bundle", ["type"] = "transaction-response", ["entry"] = answers };
    }

    private JsonObject Search(string type, IQueryCollection query)
    {
        var found = Of(type).Where(r => query.ContainsKey("identifier") ? Identified(r, query["identifier"]!) : (string?)r["target"]![0]!["reference"] == query["target"]);
        return new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
            ["entry"] = new JsonArray([.. found.Select(r => new JsonObject { ["resource"] = r.DeepClone() })]),
        };
    }

    private static bool Identified(JsonObject resource, string token) => resource["identifier"]!.AsArray().Any(i => $"{i!["system"]}|{i["value"]}" == token);

    private JsonObject Statement() => new()
    {
        ["resourceType"] = "CapabilityStatement",
        ["rest"] = new JsonArray(new JsonObject
        {
            ["mode"] = "server",
            ["resource"] = new JsonArray([.. Types.Select(t => new JsonObject
            {
                ["type"] = t,
                ["interaction"] = new JsonArray(new JsonObject { ["code"] = "create" }),
                ["conditionalCreate"] = Conditional,
            })]),
            ["interaction"] = Transactions ? new JsonArray(new JsonObject { ["code"] = "transaction" }) : new JsonArray(),
        }),
    };
}
