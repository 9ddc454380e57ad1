using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Operations;

/// <summary>The parameters of an invocation, read without POCOs: the data in them may be dirty and must be reported, not refused.</summary>
/// <remarks>Points into the request's body; not to be used after that is given back.</remarks>
public sealed class OperationInputs
{
    private readonly List<GivenParameter> _all = [];

    private OperationInputs()
    {
    }

    public static OperationInputs None => new();

    /// <summary>What they were read from; undefined where there was no body.</summary>
    public JsonElement Body { get; private init; }

    public IReadOnlyList<GivenParameter> All => _all;

    /// <summary>Reads a Parameters resource, or a bare resource as the input that may be one.</summary>
    public static (OperationInputs? Inputs, Failure? Failure) Read(JsonElement body, OperationDeclaration operation)
    {
        var read = new OperationInputs { Body = body };
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("resourceType"u8, out var type) || type.ValueKind != JsonValueKind.String)
            return (null, new Failure(FailureCode.MalformedRequest, "The body must be a FHIR resource.", "$.resourceType"));
        if (!type.ValueEquals("Parameters"u8))
        {
            if (operation.Bare is not { } bare)
                return (null, new Failure(FailureCode.MalformedRequest, "The body must be a Parameters resource.", "$.resourceType"));
            read._all.Add(new GivenParameter(bare, "$", "Resource", body, default));
        }
        else if (body.TryGetProperty("parameter"u8, out var list))
        {
            if (list.ValueKind != JsonValueKind.Array)
                return (null, new Failure(FailureCode.MalformedRequest, "Parameters.parameter must be an array.", "Parameters.parameter"));
            read._all.AddRange(Parameters(list, "Parameters.parameter"));
        }
        return (read, null);
    }

    /// <summary>Parameters of a list, each with its place.</summary>
    internal static IEnumerable<GivenParameter> Parameters(JsonElement list, string where)
    {
        int index = 0;
        if (list.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var item in list.EnumerateArray())
            yield return GivenParameter.Of(item, string.Create(CultureInfo.InvariantCulture, $"{where}[{index++}]"));
    }

    public string? Text(string name) => Find(name)?.Text;

    /// <summary>A boolean; null where it was not given.</summary>
    public bool? Flag(string name) => Find(name)?.Value.GetBoolean();

    public int? Integer(string name) => Find(name) is { } given ? given.Value.GetInt32() : null;

    /// <summary>A dateTime with time and zone.</summary>
    public DateTimeOffset? Instant(string name) => Find(name) is { } given ? DateTimeOffset.Parse(given.Text!, CultureInfo.InvariantCulture) : null;

    public GivenParameter? Find(string name) => _all.Find(p => p.Name == name);

    public IEnumerable<GivenParameter> Of(string name) => _all.Where(p => p.Name == name);
}

/// <summary>One given parameter.</summary>
/// <param name="Name">Null where it has none.</param>
/// <param name="Where">FHIRPath of the parameter.</param>
/// <param name="Type">What follows "value" in the member's name, with a capital; "Resource"; "Part"; empty where there is nothing, null where there is more than one.</param>
/// <param name="Value">The value or the resource.</param>
/// <param name="Part">Its parts.</param>
public sealed record GivenParameter(string? Name, string Where, string? Type, JsonElement Value, JsonElement Part)
{
    /// <summary>FHIRPath of the value.</summary>
    public string Place => Type switch
    {
        "Resource" when Where == "$" => "$",
        "Resource" => Where + ".resource",
        "Part" => Where + ".part",
        null or "" => Where,
        _ => Where + ".value",
    };

    /// <summary>The text of a string value; null for others.</summary>
    public string? Text => Value.ValueKind == JsonValueKind.String && Type != "Resource" ? Value.GetString() : null;

    internal static GivenParameter Of(JsonElement parameter, string where)
    {
        if (parameter.ValueKind != JsonValueKind.Object)
            return new GivenParameter(null, where, "", default, default);
        string? name = parameter.TryGetProperty("name"u8, out var given) && given.ValueKind == JsonValueKind.String && given.GetString() is { Length: > 0 } text ? text : null;
        string? type = "";
        JsonElement value = default, part = default;
        foreach (var member in parameter.EnumerateObject())
        {
            string? kind = member.Name switch
            {
                "resource" => "Resource",
                "part" => "Part",
                { Length: > 5 } other when other.StartsWith("value", StringComparison.Ordinal) => other[5..],
                _ => null,
            };
            if (kind is null)
                continue;
            // Exactly one of value, resource and part (R4, Parameters: inv-1).
            type = type == "" ? kind : null;
            value = member.Value;
            if (kind == "Part")
                part = member.Value;
        }
        return new GivenParameter(name, where, type, value, part);
    }
}
