using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MedAI.Models.Packages;

namespace MedAI.Models.Tests.Packages;

public sealed class ManifestSchemaTests
{
    private static readonly JsonNode s_schema = JsonNode.Parse(ManifestSchema.Utf8.Span)!;

    [Fact, Trait("promise", "M-12")]
    public void Schema_and_contract_types_have_the_same_members_types_and_requirements()
    {
        var seen = new HashSet<Type>();
        Compare(s_schema, ManifestJsonContext.Default.ModelManifest, "$", seen);
        Assert.Equal(s_schema["$defs"]!.AsObject().Count + 1, seen.Count);
    }

    [Theory, Trait("promise", "M-12")]
    [InlineData("manifestVariable.use", nameof(ManifestInputRules.Uses))]
    [InlineData("manifestVariable.role", nameof(ManifestInputRules.Roles))]
    [InlineData("manifestVariable.aggregation", nameof(ManifestInputRules.Aggregations))]
    [InlineData("manifestVariable.category", nameof(ManifestInputRules.Categories))]
    [InlineData("manifestCode.when", nameof(ManifestInputRules.Conditions))]
    [InlineData("manifestCode.flag", nameof(ManifestInputRules.Flags))]
    [InlineData("manifestDerivation.formula", nameof(ManifestInputRules.Formulas))]
    [InlineData("manifestEncoder.name", nameof(ManifestInputRules.Encoders))]
    [InlineData("manifestThreshold.indicator", nameof(ManifestDecisionRules.Indicators))]
    [InlineData("manifestBand.code", nameof(ManifestDecisionRules.BandCodes))]
    [InlineData("manifestExplanation.method", nameof(ManifestDecisionRules.Methods))]
    [InlineData("manifestIntensity.voi", nameof(ManifestImagingRules.VoiSources))]
    [InlineData("manifestIntensity.fallback", nameof(ManifestImagingRules.Fallbacks))]
    [InlineData("manifestImaging.crop", nameof(ManifestImagingRules.Crops))]
    [InlineData("manifestResize.filter", nameof(ManifestImagingRules.Filters))]
    [InlineData("manifestFinding.given", nameof(ManifestImagingRules.Conditions))]
    [InlineData("manifestService.overrideReasonSet", nameof(ManifestServiceRules.ReasonSets))]
    public void Schema_and_rules_list_the_same_words(string place, string list)
    {
        Type rules = place.StartsWith("manifestI", StringComparison.Ordinal) || place is "manifestResize.filter" or "manifestFinding.given" ? typeof(ManifestImagingRules)
            : place.StartsWith("manifestService", StringComparison.Ordinal) ? typeof(ManifestServiceRules)
            : typeof(ManifestInputRules).GetField(list, Anything) is null ? typeof(ManifestDecisionRules) : typeof(ManifestInputRules);
        var allowed = (string[])rules.GetField(list, Anything)!.GetValue(null)!;
        string[] parts = place.Split('.');
        JsonNode property = s_schema["$defs"]![parts[0]]!["properties"]![parts[1]]!;
        JsonNode words = property["enum"] ?? property["anyOf"]![0]!["enum"]!;
        Assert.Equal(allowed, words.AsArray().Select(w => w!.GetValue<string>()));
    }

    [Fact]
    public void Static_features_of_schema_and_rules_are_the_same()
    {
        JsonNode words = s_schema["$defs"]!["manifestStatic"]!["properties"]!["feature"]!["enum"]!;
        Assert.Equal(ManifestInputRules.StaticFeatures.Keys, words.AsArray().Select(w => w!.GetValue<string>()));
    }

    [Theory, Trait("promise", "M-12")]
    [InlineData("inputs", nameof(ManifestTensorRules.InputRoles))]
    [InlineData("outputs", nameof(ManifestTensorRules.OutputRoles))]
    public void Schema_and_rules_list_the_same_roles(string tensors, string list)
    {
        JsonNode words = s_schema["$defs"]!["manifestTensors"]!["properties"]![tensors]!["items"]!["properties"]!["role"]!["enum"]!;
        Assert.Equal((string[])typeof(ManifestTensorRules).GetField(list, Anything)!.GetValue(null)!, words.AsArray().Select(w => w!.GetValue<string>()));
    }

    private const System.Reflection.BindingFlags Anything = System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public;

    private static void Compare(JsonNode schema, JsonTypeInfo type, string path, HashSet<Type> seen)
    {
        if (schema["anyOf"] is JsonArray choices && schema["type"] is null)
            schema = choices[0]!;
        if (schema["$ref"] is { } reference)
            schema = s_schema["$defs"]![reference.GetValue<string>()["#/$defs/".Length..]]!;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                if (!seen.Add(type.Type))
                    return;
                Assert.True(schema["type"]!.GetValue<string>() == "object" && !schema["additionalProperties"]!.GetValue<bool>(), path);
                JsonObject properties = schema["properties"]!.AsObject();
                Assert.Equivalent(type.Properties.Select(p => p.Name), properties.Select(p => p.Key), strict: true);
                Assert.Equivalent(type.Properties.Where(p => p.IsRequired).Select(p => p.Name), schema["required"]!.AsArray().Select(r => r!.GetValue<string>()), strict: true);
                foreach (JsonPropertyInfo p in type.Properties)
                {
                    JsonNode child = properties[p.Name]!;
                    bool nullable = child["anyOf"] is JsonArray any && any.Any(c => (string?)c!["type"] == "null");
                    Assert.True(nullable == p.IsSetNullable, $"{path}.{p.Name} nullable");
                    Compare(child, type.Options.GetTypeInfo(p.PropertyType), $"{path}.{p.Name}", seen);
                }
                break;
            case JsonTypeInfoKind.Enumerable:
                Assert.True(schema["type"]!.GetValue<string>() == "array", path);
                Compare(schema["items"]!, type.Options.GetTypeInfo(type.ElementType!), path + "[]", seen);
                break;
            case JsonTypeInfoKind.Dictionary:
                Assert.True(schema["type"]!.GetValue<string>() == "object", path);
                Compare(schema["additionalProperties"]!, type.Options.GetTypeInfo(type.ElementType!), path + "{}", seen);
                break;
            default:
                Type leaf = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
                if (leaf == typeof(JsonElement))
                    return;
                string expected = leaf == typeof(bool) ? "boolean" : leaf == typeof(int) ? "integer" : leaf == typeof(double) ? "number" : "string";
                string actual = (string?)schema["type"] ?? (schema["enum"] is not null ? "string" : "?");
                Assert.True(expected == actual, $"{path}: {actual}, expected {expected}");
                if (leaf.IsEnum)
                    Assert.Equal(JsonShape.EnumNames(leaf), schema["enum"]!.AsArray().Select(w => w!.GetValue<string>()));
                break;
        }
    }
}
