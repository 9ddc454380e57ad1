using System.Text.Json;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Leaves out of a resource what a client does not want to see, and says so with the tag SUBSETTED.</summary>
/// <remarks>
/// What is required, and what changes the meaning of other elements (a status, a modifier extension), always stays (R4, search.html 3.1.1.5.9). In a Bundle each resource is
/// shaped on its own. OperationOutcome and Parameters are answers rather than records and stay whole. Digits of numbers stay as they are. Thread safe.
/// </remarks>
internal sealed class ResourceSubset(Utf8JsonWriter writer, AnswerShape shape)
{
    private const string TagSystem = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
    private const string Tag = "SUBSETTED";

    /// <summary>True for the answer of a search or a history, whose matches can be counted.</summary>
    public static bool HasMatches(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return TypeOf(root) == "Bundle" && root.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String
            && (type.ValueEquals("searchset"u8) || type.ValueEquals("history"u8));
    }

    /// <summary>Writes what is left of the resource.</summary>
    public void Write(JsonElement resource)
    {
        string type = TypeOf(resource);
        if (type == "Bundle")
            WriteBundle(resource);
        else if (type is "OperationOutcome" or "Parameters" || ModelInfo.ModelInspector.FindClassMapping(type) is not { } mapping)
            resource.WriteTo(writer);
        else
            WriteRoot(resource, type, mapping);
    }

    private void WriteBundle(JsonElement bundle)
    {
        bool count = shape.Summary == Summary.Count;
        writer.WriteStartObject();
        foreach (var member in bundle.EnumerateObject())
        {
            if (count && (member.NameEquals("entry"u8) || member.NameEquals("link"u8)))
                continue;
            if (!member.NameEquals("entry"u8) || member.Value.ValueKind != JsonValueKind.Array)
            {
                member.WriteTo(writer);
                continue;
            }
            writer.WriteStartArray(member.Name);
            foreach (var entry in member.Value.EnumerateArray())
                WriteEntry(entry);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private void WriteEntry(JsonElement entry)
    {
        writer.WriteStartObject();
        foreach (var member in entry.EnumerateObject())
        {
            if (!member.NameEquals("resource"u8))
            {
                member.WriteTo(writer);
                continue;
            }
            writer.WritePropertyName(member.Name);
            Write(member.Value);
        }
        writer.WriteEndObject();
    }

    private void WriteRoot(JsonElement resource, string type, ClassMapping mapping)
    {
        writer.WriteStartObject();
        bool tagged = false;
        foreach (var member in resource.EnumerateObject())
        {
            // FHIR's own order: resourceType, id, meta, the rest.
            if (!tagged && !member.NameEquals("resourceType"u8) && !member.NameEquals("id"u8))
            {
                WriteMeta(resource.TryGetProperty("meta"u8, out var meta) ? meta : default);
                tagged = true;
            }
            if (member.NameEquals("resourceType"u8) || member.NameEquals("id"u8))
                member.WriteTo(writer);
            else if (!member.NameEquals("meta"u8) && Property(mapping, member.Name) is var property && Stays(member.Name, property, type))
                WriteMember(member, property);
        }
        if (!tagged)
            WriteMeta(default);
        writer.WriteEndObject();
    }

    private void WriteMember(JsonProperty member, PropertyMapping? property)
    {
        if (shape.Summary == Summary.True && property?.PropertyTypeMapping is { IsFhirPrimitive: false, IsResource: false } inner && !member.Name.StartsWith('_') && inner.Name != "Extension")
        {
            if (!HasSummary(member.Value, inner))
                return;
            writer.WritePropertyName(member.Name);
            WriteSummary(member.Value, inner);
        }
        else
        {
            member.WriteTo(writer);
        }
    }

    /// <summary>False where nothing would be left: FHIR knows no empty objects and lists.</summary>
    private static bool HasSummary(JsonElement value, ClassMapping mapping) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().Any(item => HasSummary(item, mapping)),
        JsonValueKind.Object when mapping.IsAbstract != true => value.EnumerateObject().Any(member => Property(mapping, member.Name) is { } property && IsKeptBySummary(property)
            && (member.Name.StartsWith('_') || property.PropertyTypeMapping is not { IsFhirPrimitive: false, IsResource: false } inner || inner.Name == "Extension" || HasSummary(member.Value, inner))),
        _ => true,
    };

    /// <summary>The summary elements of a value inside a resource.</summary>
    private void WriteSummary(JsonElement value, ClassMapping mapping)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var item in value.EnumerateArray().Where(item => HasSummary(item, mapping)))
                WriteSummary(item, mapping);
            writer.WriteEndArray();
        }
        else if (value.ValueKind != JsonValueKind.Object || mapping.IsAbstract == true)
        {
            value.WriteTo(writer);
        }
        else
        {
            writer.WriteStartObject();
            foreach (var member in value.EnumerateObject())
            {
                if (Property(mapping, member.Name) is { } property && IsKeptBySummary(property))
                    WriteMember(member, property);
            }
            writer.WriteEndObject();
        }
    }

    private bool Stays(string name, PropertyMapping? property, string type) => shape switch
    {
        { Summary: Summary.Data } => property?.Name != "text",
        { Summary: Summary.True } => property is not null && IsKeptBySummary(property),
        { Summary: Summary.Text } => property is not null && (property.Name == "text" || IsAlwaysKept(property)),
        { Elements.Count: > 0 } => property is not null && (IsAlwaysKept(property) || IsAskedFor(name.TrimStart('_'), property.Name, type)),
        _ => true,
    };

    private bool IsAskedFor(string name, string element, string type)
    {
        foreach (string asked in shape.Elements)
        {
            // "subject", "RiskAssessment.subject" and, because only whole elements can be asked for, "prediction.rationale" for all of prediction.
            string[] parts = asked.Split('.');
            string own = char.IsUpper(parts[0][0]) ? (parts[0] == type && parts.Length > 1 ? parts[1] : "") : parts[0];
            if (own == element || own == name)
                return true;
        }
        return false;
    }

    private static bool IsKeptBySummary(PropertyMapping property) => property.InSummary || IsAlwaysKept(property);

    private static bool IsAlwaysKept(PropertyMapping property) => property.IsMandatoryElement || property.IsModifier;

    /// <summary>What a JSON member is; a primitive's own extensions stand under its name with an underscore.</summary>
    private static PropertyMapping? Property(ClassMapping mapping, string member)
    {
        string name = member.TrimStart('_');
        return mapping.FindMappedElementByName(name) ?? mapping.FindMappedElementByChoiceName(name);
    }

    private void WriteMeta(JsonElement meta)
    {
        writer.WriteStartObject("meta");
        bool there = false;
        if (meta.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in meta.EnumerateObject())
            {
                if (!member.NameEquals("tag"u8) || member.Value.ValueKind != JsonValueKind.Array)
                {
                    member.WriteTo(writer);
                    continue;
                }
                there = true;
                writer.WriteStartArray("tag");
                bool known = false;
                foreach (var tag in member.Value.EnumerateArray())
                {
                    known |= tag.ValueKind == JsonValueKind.Object && tag.TryGetProperty("code"u8, out var code) && code.ValueKind == JsonValueKind.String && code.ValueEquals(Tag);
                    tag.WriteTo(writer);
                }
                if (!known)
                    WriteTag();
                writer.WriteEndArray();
            }
        }
        if (!there)
        {
            writer.WriteStartArray("tag");
            WriteTag();
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private void WriteTag()
    {
        writer.WriteStartObject();
        writer.WriteString("system", TagSystem);
        writer.WriteString("code", Tag);
        writer.WriteEndObject();
    }

    private static string TypeOf(JsonElement resource) =>
        resource.ValueKind == JsonValueKind.Object && resource.TryGetProperty("resourceType"u8, out var type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";
}
