using System.Globalization;
using System.Text.Json;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store.Search;
using MedAI.Testing;
using SearchParameter = MedAI.Fhir.Store.Search.SearchParameter;

namespace MedAI.Fhir.Tests.Store.Search;

/// <summary>The declared parameters against R4's own, as Firely's tables hold them, and against those that the package defines.</summary>
[Trait("promise", "M-471")]
public sealed class SearchParameterTests
{
    [Fact]
    public void Every_parameter_is_one_of_R4_or_of_the_package_for_its_type_with_its_kind_and_targets()
    {
        foreach (var definition in SearchParameters.All)
        {
            Assert.Equal(definition.Parameters.Count, definition.Parameters.Select(p => p.Name).Distinct().Count());
            foreach (var parameter in definition.Parameters)
            {
                var own = Own(definition.Type, parameter.Name);
                Assert.True(own is not null, $"{definition.Type}.{parameter.Name}");
                // The statement names the definitions that are ours; R4's own are known.
                Assert.Equal(own.Url?.StartsWith(CanonicalUrls.Base, StringComparison.Ordinal) == true ? own.Url : null, parameter.Definition);
                Assert.Equal(own.Type.ToString()!.ToLowerInvariant(), parameter.Kind.Code());
                if (parameter.Of is null && parameter.Targets.Count > 0)
                    Assert.Equal(own.Target!.Select(t => t.ToString()!).Order(StringComparer.Ordinal), parameter.Targets.Order(StringComparer.Ordinal));
                if (parameter.Of is { } of)
                    Assert.NotNull(definition.Find(of));
            }
        }
    }

    [Fact]
    public void Values_are_those_that_the_expressions_of_R4_and_of_the_package_select()
    {
        int compared = 0;
        var seen = new HashSet<string>();
        foreach (var resource in Resources())
        {
            var type = resource.GetProperty("resourceType").GetString()!;
            if (SearchParameters.Of(type) is not { } definition)
                continue;
            var poco = new FhirJsonDeserializer(new DeserializerSettings().UsingMode(DeserializationMode.Ostrich)).DeserializeResource(resource.GetRawText());
            var values = SearchValueReader.Read(type, "x", resource);
            foreach (var parameter in definition.Parameters.Where(p => p is { Of: null, IsOfEntry: false }))
            {
                var selected = Firely(poco, Own(type, parameter.Name)!).SelectMany(v => Canonical(v, parameter)).ToHashSet();
                var indexed = Indexed(values, parameter).ToHashSet();
                Assert.True(selected.SetEquals(indexed), $"{parameter.Key}: R4 {string.Join(' ', selected)}; ours {string.Join(' ', indexed)}");
                if (selected.Count > 0)
                    seen.Add(parameter.Key);
                compared += selected.Count;
            }
        }
        Assert.True(compared > 2_000, compared.ToString(CultureInfo.InvariantCulture));
        Assert.True(seen.Count > 60, string.Join(' ', seen.Order(StringComparer.Ordinal)));
    }

    private static SearchParamDefinition? Own(string type, string name) =>
        ModelInfo.SearchParameters.FirstOrDefault(p => p.Resource == type && p.Name == name) ?? Array.Find(OfAll, p => p.Name == name) ?? OfPackage(type, name);

    private static SearchParamDefinition? OfPackage(string type, string name)
    {
        foreach (var published in PublishedDefinitions.All.Where(d => d.Type == "SearchParameter"))
        {
            using var json = JsonDocument.Parse(published.Json);
            var root = json.RootElement;
            if (root.GetProperty("code").GetString() == name && root.GetProperty("base").EnumerateArray().Any(b => b.GetString() == type))
            {
                return new SearchParamDefinition
                {
                    Name = name,
                    Url = published.Url,
                    Type = EnumUtility.ParseLiteral<SearchParamType>(root.GetProperty("type").GetString()!)!.Value,
                    Expression = root.GetProperty("expression").GetString()!,
                    Target = [.. root.GetProperty("target").EnumerateArray().Select(t => Enum.Parse<VersionIndependentResourceTypesAll>(t.GetString()!))],
                };
            }
        }
        return null;
    }

    /// <summary>Those of Resource, which Firely's table does not hold (R4, search.html 3.1.1.3).</summary>
    private static readonly SearchParamDefinition[] OfAll =
    [
        new() { Name = "_id", Type = SearchParamType.Token, Expression = "Resource.id" },
        new() { Name = "_lastUpdated", Type = SearchParamType.Date, Expression = "Resource.meta.lastUpdated" },
        new() { Name = "_profile", Type = SearchParamType.Uri, Expression = "Resource.meta.profile" },
        new() { Name = "_security", Type = SearchParamType.Token, Expression = "Resource.meta.security" },
        new() { Name = "_tag", Type = SearchParamType.Token, Expression = "Resource.meta.tag" },
    ];

    private static IEnumerable<Base> Firely(Resource resource, SearchParamDefinition own) => resource.Select(own.Expression!.Replace(".where(resolve() is Patient)", "", StringComparison.Ordinal)).OfType<Base>();

    private static IEnumerable<string> Canonical(Base value, SearchParameter parameter) => value switch
    {
        CodeableConcept concept => concept.Coding.Where(c => c.Code is not null).Select(c => $"{c.System}|{c.Code}"),
        Coding coding => coding.Code is null ? [] : [$"{coding.System}|{coding.Code}"],
        Identifier identifier => identifier.Value is null ? [] : [$"{identifier.System}|{identifier.Value}"],
        ResourceReference reference => reference.Reference is null ? [] : [SearchValueReader.Split(reference.Reference).Target],
        Period period => [$"{new DateInterval(period.Start is null ? DateInterval.Beginning : DateInterval.Parse(period.Start)!.Value.Low, period.End is null ? DateInterval.End : DateInterval.Parse(period.End)!.Value.High)}"],
        PrimitiveType primitive when parameter.Kind == SearchKind.Token => [$"{parameter.System}|{Text(primitive)}"],
        PrimitiveType primitive when parameter.Kind == SearchKind.Number => [((FhirDecimal)primitive).Value!.Value.ToString("0.############", CultureInfo.InvariantCulture)],
        PrimitiveType primitive when parameter.Kind == SearchKind.Date => [$"{DateInterval.Parse(Text(primitive))}"],
        PrimitiveType primitive when parameter.Kind == SearchKind.Uri => ["|" + Text(primitive)],
        PrimitiveType primitive => [Text(primitive)],
        HumanName name => ((string?[])[.. name.Given, name.Family, .. name.Prefix, .. name.Suffix, name.Text]).OfType<string>(),
        Quantity or Age or Hl7.Fhir.Model.Range => [],
        _ => [value.TypeName],
    };

    private static string Text(PrimitiveType primitive) => primitive.ToString()!;

    private static IEnumerable<string> Indexed(SearchValues values, SearchParameter parameter) => parameter.Kind switch
    {
        SearchKind.Token or SearchKind.Uri => values.Tokens.Where(v => v.Parameter == parameter.Key).Select(v => $"{v.System}|{v.Code}"),
        SearchKind.Reference => values.References.Where(v => v.Parameter == parameter.Key).Select(v => v.Target),
        SearchKind.Date => values.Dates.Where(v => v.Parameter == parameter.Key).Select(v => $"{v.Interval}"),
        SearchKind.Number => values.Numbers.Where(v => v.Parameter == parameter.Key).Select(v => v.Value.ToString("0.############", CultureInfo.InvariantCulture)),
        _ => values.Texts.Where(v => v.Parameter == parameter.Key).Select(v => v.Exact),
    };

    /// <summary>Examples of everything that we author, and the demo's records.</summary>
    private static IEnumerable<JsonElement> Resources()
    {
        foreach (string file in Directory.GetFiles(RepositoryRoot.Combine("profiles", "package", "examples"), "*.json"))
            yield return JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
        foreach (string file in Directory.GetFiles(RepositoryRoot.Combine("samples", "patients"), "*.json").Concat(Directory.GetFiles(RepositoryRoot.Combine("samples", "imaging"), "*.json")))
        {
            foreach (var entry in JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("entry").EnumerateArray())
                yield return entry.GetProperty("resource");
        }
    }
}
