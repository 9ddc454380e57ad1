using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Operations;

/// <summary>In-parameters of <c>$assess-risk</c>, read without POCOs: the data may be dirty and must be reported, not refused.</summary>
public sealed record AssessRiskParameters
{
    public IReadOnlyList<ClinicalDocument> Data { get; init; } = [];

    /// <summary>Model id, or id|version.</summary>
    public string? Model { get; init; }

    public DateTimeOffset? AsOf { get; init; }

    public bool Persist { get; init; } = true;

    /// <summary>Reads a Parameters resource, or a single bare resource as the one <c>data</c> parameter.</summary>
    public static (AssessRiskParameters? Parameters, Failure? Failure) Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("resourceType", out var type) || type.ValueKind != JsonValueKind.String)
            return (null, new Failure(FailureCode.MalformedRequest, "The body must be a Parameters resource or a Bundle.", "$.resourceType"));
        if (!type.ValueEquals("Parameters"))
            return (new AssessRiskParameters { Data = [new ClinicalDocument("data", body)] }, null);

        var data = new List<ClinicalDocument>();
        var issues = new List<FailureIssue>();
        string? model = null;
        DateTimeOffset? asOf = null;
        bool? persist = null;
        if (body.TryGetProperty("parameter", out var parameters))
        {
            if (parameters.ValueKind != JsonValueKind.Array)
                return (null, new Failure(FailureCode.MalformedRequest, "Parameters.parameter must be an array.", "Parameters.parameter"));
            int index = -1;
            foreach (var parameter in parameters.EnumerateArray())
            {
                index++;
                string where = $"Parameters.parameter[{index}]";
                if (parameter.ValueKind != JsonValueKind.Object || !parameter.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
                {
                    issues.Add(new FailureIssue("A parameter needs a name.", where + ".name"));
                    continue;
                }
                switch (name.GetString())
                {
                    case "data":
                        if (parameter.TryGetProperty("resource", out var resource) && resource.ValueKind == JsonValueKind.Object)
                            data.Add(new ClinicalDocument($"{where}.resource", resource));
                        else
                            issues.Add(new FailureIssue("data carries a resource.", where + ".resource"));
                        break;
                    case "model":
                        model = One(model, Value(parameter, where, issues, "valueString", "valueCode", "valueUri", "valueCanonical"), where, issues);
                        break;
                    case "asOf":
                        string? given = Value(parameter, where, issues, "valueDateTime", "valueInstant");
                        if (given is null)
                            break;
                        if (given.Length < 17 || !DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant) || !HasOffset(given))
                            issues.Add(new FailureIssue("asOf must be a dateTime with time and zone.", where + ".valueDateTime"));
                        else if (asOf is not null)
                            issues.Add(new FailureIssue("asOf may be given once.", where));
                        else
                            asOf = instant;
                        break;
                    case "persist":
                        if (!parameter.TryGetProperty("valueBoolean", out var flag) || flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                            issues.Add(new FailureIssue("persist must be a boolean.", where + ".valueBoolean"));
                        else if (persist is not null)
                            issues.Add(new FailureIssue("persist may be given once.", where));
                        else
                            persist = flag.GetBoolean();
                        break;
                    default:
                        // The name is the caller's text and may hold anything, so it is not echoed.
                        issues.Add(new FailureIssue("This operation knows the parameters data, model, asOf and persist.", where + ".name"));
                        break;
                }
            }
        }
        return issues.Count > 0
            ? (null, new Failure(FailureCode.InvalidParameter, issues))
            : (new AssessRiskParameters { Data = data, Model = model, AsOf = asOf, Persist = persist ?? true }, null);
    }

    private static string? Value(JsonElement parameter, string where, List<FailureIssue> issues, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (parameter.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
                return text;
        }
        issues.Add(new FailureIssue($"A value is required as {names[0]}.", where));
        return null;
    }

    private static string? One(string? earlier, string? value, string where, List<FailureIssue> issues)
    {
        if (earlier is not null)
            issues.Add(new FailureIssue("model may be given once.", where));
        return value ?? earlier;
    }

    private static bool HasOffset(string dateTime) =>
        dateTime.EndsWith('Z') || (dateTime.Length > 6 && dateTime[^6] is '+' or '-' && dateTime[^3] == ':');
}
