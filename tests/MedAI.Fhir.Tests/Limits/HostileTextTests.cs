using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MedAI.Fhir.Store.Search;
using MedAI.Fhir.Tests.Store.Writes;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Limits;

/// <summary>Text that a pattern might try in endless ways, wherever text comes in.</summary>
[Trait("promise", "S-36")]
public sealed class HostileTextTests(DemoServer demo) : IClassFixture<DemoServer>
{
    /// <summary>What is quick takes milliseconds; what is endless would take years. A busy machine is neither.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(15);

    private static readonly Func<int, string>[] Hostile =
    [
        length => new string('a', length) + "!",
        length => new string(' ', length) + "\t!",
        length => string.Concat(Enumerable.Repeat("%_", length / 2)) + "!",
        length => new string('9', length) + "x",
        length => string.Concat(Enumerable.Repeat("1-", length / 2)),
        length => "urn:oid:1" + string.Concat(Enumerable.Repeat(".0", length / 2)) + ".",
        length => "http://a/" + string.Concat(Enumerable.Repeat("Patient/", length / 8)) + " ",
        length => string.Concat(Enumerable.Repeat(@"\\|\,", length / 5)),
    ];

    private MedAIServer Server => demo.Server;

    [Fact]
    public async Task Search_values_of_every_parameter_are_judged_at_once()
    {
        foreach (var definition in SearchParameters.All)
        {
            foreach (var parameter in definition.Parameters)
            {
                foreach (string modifier in parameter.Kind == SearchKind.Text ? (string[])["", ":contains", ":exact"] : [""])
                {
                    foreach (var text in Hostile)
                        await SearchAsync(definition.Type, parameter.Name + modifier, text(30_000));
                }
            }
        }
        await SearchAsync("Patient", new string('a', 10_000) + "!", "x");
        await SearchAsync("Patient", "_sort", string.Concat(Enumerable.Repeat("-", 30_000)));
        await SearchAsync("Patient", "_include", string.Concat(Enumerable.Repeat("Patient:", 4_000)));
        await SearchAsync("Patient", "_elements", string.Concat(Enumerable.Repeat("a.", 15_000)));
    }

    [Fact]
    public async Task Conditions_of_a_write_are_judged_at_once()
    {
        foreach (var text in Hostile)
        {
            string value = Uri.EscapeDataString(text(5_000));
            await QuickAsync(() => Server.SendAsync("POST", "Patient", Write.Patient(), null, ("If-None-Exist", $"family={value}")));
            await QuickAsync(() => Server.SendAsync("POST", "Patient", Write.Patient(), null, ("If-None-Exist", value)));
            await QuickAsync(() => Server.SendAsync("PUT", "Patient/none", Write.Patient("none"), null, ("If-Match", $"W/\"{value}\"")));
            await QuickAsync(() => Server.SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("POST", "Patient", Write.Patient(), "urn:uuid:" + value, ("ifNoneExist", $"family={value}")))));
            await QuickAsync(() => Server.SendAsync("GET", "Patient/demo-stable", null, null, ("Prefer", value), ("Accept", value)));
            await QuickAsync(() => Server.SendAsync("POST", "", Write.Bundle("batch", Write.Entry("GET", value), Write.Entry("GET", "Patient/" + value), Write.Entry("POST", value, Write.Patient()))));
        }
    }

    [Fact]
    public async Task Every_text_of_a_hook_is_read_at_once()
    {
        var request = Call.WithPrefetch();
        // One text of each sort: the same member of another resource is read by the same code.
        var places = new Dictionary<string, JsonValue>(StringComparer.Ordinal);
        Collect(request, "", places);
        Assert.True(places.Count > 40, $"{places.Count}");
        foreach (var (place, value) in places)
        {
            foreach (var text in Hostile)
            {
                var changed = value.Parent is JsonArray array ? Swap(array, array.IndexOf(value), text(20_000)) : Swap((JsonObject)value.Parent!, value.GetPropertyName(), text(20_000));
                var watch = Stopwatch.StartNew();
                var answer = await Server.HookAsync(request);
                Assert.True(watch.Elapsed < Quick && (int)answer.Status < 500, $"{place}: {answer.Status} after {watch.Elapsed}");
                changed();
            }
        }

        // Puts another text there; what it gives puts the first one back.
        static Action Swap(JsonNode parent, object at, string text)
        {
            var before = at is int i ? parent[i] : parent[(string)at];
            Set(JsonValue.Create(text));
            return () => Set(before);

            void Set(JsonNode? node)
            {
                if (at is int index)
                    parent[index] = node;
                else
                    parent[(string)at] = node;
            }
        }
    }

    [Fact]
    public async Task Texts_of_an_operation_are_read_at_once()
    {
        foreach (var text in Hostile)
        {
            string value = text(20_000);
            await QuickAsync(() => Server.AssessAsync(Call.Parameters("demo-stable", asOf: value, model: value)));
            await QuickAsync(() => Server.PostTextAsync("/fhir/$validate", new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = new JsonArray(new JsonObject { ["name"] = "profile", ["valueUri"] = value }, new JsonObject { ["name"] = value, ["valueUri"] = value }) }.ToJsonString()));
            await QuickAsync(() => Server.PostTextAsync("/fhir/$assess-risk", $"<Parameters xmlns=\"http://hl7.org/fhir\"><parameter><name value=\"{value}\"/></parameter></Parameters>", "application/fhir+xml"));
        }
    }

    [Fact]
    public void Every_pattern_of_ours_has_200_milliseconds()
    {
        // Those that are made at run time: the build refuses the members without a timeout (BannedSymbols.txt).
        var patterns = new[] { typeof(Server).Assembly, typeof(ModelManifest).Assembly }.SelectMany(a => a.GetTypes())
            .SelectMany(t => t.GetMembers(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(m => (Member: m, Pattern: m.GetCustomAttribute<GeneratedRegexAttribute>())).Where(m => m.Pattern is not null).ToArray();
        Assert.True(patterns.Length > 20);
        Assert.All(patterns, p => Assert.InRange(p.Pattern!.MatchTimeoutMilliseconds, 1, 200));
        string banned = File.ReadAllText(RepositoryRoot.Combine("BannedSymbols.txt"));
        foreach (var member in typeof(Regex).GetMembers(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).OfType<MethodBase>().Where(m => m.IsConstructor || m.IsStatic))
        {
            var parameters = member.GetParameters();
            if (!parameters.Any(p => p.Name == "pattern") || parameters.Any(p => p.ParameterType == typeof(TimeSpan)))
                continue;
            string name = $"M:{typeof(Regex).FullName}.{(member.IsConstructor ? "#ctor" : member.Name)}({string.Join(',', parameters.Select(p => Name(p.ParameterType)))});";
            Assert.Contains(name, banned, StringComparison.Ordinal);
        }

        static string Name(Type type) => type == typeof(ReadOnlySpan<char>) ? "System.ReadOnlySpan{System.Char}" : type.FullName!;
    }

    [Fact]
    public void No_route_is_chosen_by_a_pattern()
    {
        // Those of the framework are given ten seconds.
        foreach (string file in Directory.EnumerateFiles(RepositoryRoot.Combine("src"), "*.cs", SearchOption.AllDirectories))
            Assert.DoesNotContain(":regex(", File.ReadAllText(file), StringComparison.Ordinal);
    }

    private async Task SearchAsync(string type, string parameter, string value)
    {
        string form = $"{Uri.EscapeDataString(parameter)}={Uri.EscapeDataString(value)}";
        await QuickAsync(() => Server.PostTextAsync($"/fhir/{type}/_search", form, "application/x-www-form-urlencoded"));
    }

    private static async Task QuickAsync(Func<Task<Answer>> ask)
    {
        var watch = Stopwatch.StartNew();
        var answer = await ask();
        Assert.True(watch.Elapsed < Quick && (int)answer.Status < 500, $"{answer.Status} after {watch.Elapsed}: {answer.Text}");
    }

    private static void Collect(JsonNode? node, string place, Dictionary<string, JsonValue> places)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                    Collect(value, $"{place}.{name}", places);
                break;
            case JsonArray items:
                foreach (var item in items)
                    Collect(item, place, places);
                break;
            case JsonValue value when value.TryGetValue<string>(out _):
                places.TryAdd(place, value);
                break;
        }
    }
}
