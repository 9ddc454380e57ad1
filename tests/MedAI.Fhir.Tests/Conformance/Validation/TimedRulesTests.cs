using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Hl7.Fhir.Model;
using Hl7.FhirPath.Expressions;
using MedAI.Fhir.Conformance.Validation;
using MedAI.Fhir.Tests.Operations;
using MedAI.Testing;
using static MedAI.Fhir.Conformance.Validation.TimedFhirPath;
using Task = System.Threading.Tasks.Task;

namespace MedAI.Fhir.Tests.Conformance.Validation;

/// <summary>Rules and patterns over resources that were made to take for ever; rules that a client brings.</summary>
[Trait("promise", "S-36")]
public sealed class TimedRulesTests(ValidatingServer validating) : IClassFixture<ValidatingServer>
{
    /// <summary>An expression of a client that would be seen: by its key, and by the years that it takes.</summary>
    private const string Canary = "canary-1";

    private const string Endless = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$') and Patient.descendants().all(%resource.descendants().all(false))";

    private MedAIServer Server => validating.Server;

    private async Task<Answer> ValidateAsync(JsonNode resource)
    {
        var watch = Stopwatch.StartNew();
        var answer = await Server.PostTextAsync("/fhir/$validate", resource.ToJsonString());
        // Ten seconds are the bound, of the validator's own clock; a busy machine has its share.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), $"{watch.Elapsed}");
        return answer;
    }

    private static JsonObject Basic(string name, JsonNode value) =>
        new() { ["resourceType"] = "Basic", ["code"] = new JsonObject { ["text"] = "x" }, ["extension"] = new JsonArray(new JsonObject { ["url"] = "http://example.org/x", [name] = value }) };

    private static JsonArray Many(int count, Func<int, JsonNode> make) => new([.. Enumerable.Range(0, count).Select(make)]);

    private static bool Has(Answer answer, string severity, string text) =>
        answer.AssertOk().Json.GetProperty("issue").EnumerateArray().Any(i => i.GetProperty("severity").GetString() == severity && i.GetProperty("details").GetProperty("text").GetString()!.Contains(text, StringComparison.Ordinal));

    [Fact]
    public async Task Text_that_a_pattern_tries_in_endless_ways_is_judged_at_once()
    {
        string groups = string.Concat(Enumerable.Repeat("AAAA  ", 5_000));
        Assert.True(Has(await ValidateAsync(Basic("valueBase64Binary", groups + "!")), "error", "base64"));
        Assert.False(Has(await ValidateAsync(Basic("valueBase64Binary", "AAAA AAAA\r\n AA==")), "error", ""));
        string longest = new('a', 200_000);
        foreach (var (name, text) in ((string, string)[])
        [
            ("valueCode", string.Concat(Enumerable.Repeat("a ", 50_000)) + " "), ("valueUri", longest + " "), ("valueId", longest), ("valueOid", "urn:oid:1" + string.Concat(Enumerable.Repeat(".1", 50_000)) + "."),
            ("valueString", longest + "\u0001"), ("valueMarkdown", new string(' ', 200_000) + "\u0001"), ("valueDateTime", "2026-01-01T00:00:00." + new string('1', 100_000)), ("valueUuid", "urn:uuid:" + longest),
            ("valueInstant", new string('9', 100_000)), ("valueTime", "10:00:00." + new string('1', 100_000) + "x"), ("valueCanonical", new string(':', 100_000) + " "),
        ])
            (await ValidateAsync(Basic(name, text))).AssertOk();
    }

    [Fact]
    public async Task Definition_whose_names_and_paths_are_endless_is_judged_at_once()
    {
        string path = "Patient" + string.Concat(Enumerable.Repeat(".a[x]:b", 10_000)) + " ";
        var definition = new JsonObject
        {
            ["resourceType"] = "StructureDefinition",
            ["url"] = "http://hl7.org/fhir/StructureDefinition/x",
            ["name"] = "A" + new string('_', 100_000) + "!",
            ["status"] = "draft",
            ["kind"] = "resource",
            ["abstract"] = false,
            ["type"] = "Patient",
            ["derivation"] = "constraint",
            ["baseDefinition"] = "http://hl7.org/fhir/StructureDefinition/Patient",
            ["differential"] = new JsonObject { ["element"] = new JsonArray(new JsonObject { ["id"] = "Patient", ["path"] = path, ["sliceName"] = new string('/', 100_000) + "!" }) },
        };
        (await ValidateAsync(definition)).AssertOk();
    }

    [Fact]
    public async Task Rule_that_takes_for_ever_over_a_resource_is_broken_off_and_said()
    {
        // Each of the contained is looked for in all the others (dom-3).
        var contained = Basic("valueString", "x");
        contained["contained"] = Many(4_000, i => new JsonObject { ["resourceType"] = "Basic", ["id"] = $"c{i}", ["code"] = new JsonObject { ["coding"] = Many(2, _ => new JsonObject { ["code"] = "x" }) } });
        Assert.True(Has(await ValidateAsync(contained), "error", "The rule dom-3 was not judged"));
        // Each component's codings against the Observation's (obs-7); what has no value of its own is compared with all that has none.
        var observation = new JsonObject
        {
            ["resourceType"] = "Observation",
            ["status"] = "final",
            ["valueInteger"] = 1,
            ["code"] = new JsonObject { ["coding"] = Many(7_000, i => new JsonObject { ["code"] = $"c{i}" }) },
            ["component"] = Many(1_000, i => new JsonObject { ["code"] = new JsonObject { ["coding"] = Many(2, _ => new JsonObject { ["code"] = "x" }) } }),
        };
        Assert.True(Has(await ValidateAsync(observation), "error", "The rule obs-7 was not judged"));
        // Codes without a value (csd-1).
        var system = new JsonObject
        {
            ["resourceType"] = "CodeSystem",
            ["status"] = "draft",
            ["content"] = "complete",
            ["concept"] = Many(6_000, i => new JsonObject { ["_code"] = new JsonObject { ["extension"] = new JsonArray(new JsonObject { ["url"] = "u", ["valueInteger"] = i }) } }),
        };
        Assert.True(Has(await ValidateAsync(system), "error", "The rule csd-1 was not judged"));
        // Others are judged as before.
        Assert.False(Has(await ValidateAsync(Basic("valueString", "x")), "error", ""));
    }

    [Fact]
    public async Task Resource_that_takes_too_long_as_a_whole_is_refused()
    {
        // Each reference is looked up among all the contained, each by itself in time (ref-1).
        var resource = Basic("valueString", "x");
        resource["contained"] = Many(7_500, i => new JsonObject { ["resourceType"] = "Basic", ["id"] = $"c{i}" });
        resource["extension"] = Many(6_000, _ => new JsonObject { ["url"] = "u", ["valueReference"] = new JsonObject { ["reference"] = "#c7499" } });
        var answer = await ValidateAsync(resource);
        answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "too-many-resources");
        Assert.Contains("takes longer to judge than 10 s", answer.Text, StringComparison.Ordinal);
        (await ValidateAsync(Basic("valueString", "x"))).AssertOk();
    }

    [Fact]
    public async Task Chain_of_references_without_end_is_refused_and_the_server_lives()
    {
        var contained = Basic("valueString", "x");
        contained["subject"] = new JsonObject { ["reference"] = "#c0" };
        contained["contained"] = Many(6_000, i => new JsonObject { ["resourceType"] = "Basic", ["id"] = $"c{i}", ["code"] = new JsonObject { ["text"] = "x" }, ["subject"] = new JsonObject { ["reference"] = $"#c{i + 1}" } });
        var bundled = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "collection",
            ["entry"] = Many(6_000, i => new JsonObject { ["fullUrl"] = $"http://a/Basic/{i}", ["resource"] = new JsonObject { ["resourceType"] = "Basic", ["id"] = $"{i}", ["code"] = new JsonObject { ["text"] = "x" }, ["subject"] = new JsonObject { ["reference"] = $"Basic/{i + 1}" } } }),
        };
        foreach (var resource in (JsonObject[])[contained, bundled])
            (await ValidateAsync(resource)).AssertFailure(HttpStatusCode.UnprocessableEntity, "too-many-resources");
        (await ValidateAsync(Basic("valueString", "x"))).AssertOk();
    }

    [Fact, Trait("promise", "M-595")]
    public async Task Resource_of_too_many_values_is_refused_before_it_is_made_into_objects()
    {
        var empty = Basic("valueString", "x");
        empty["extension"] = Many(340_000, _ => new JsonObject());
        var watch = Stopwatch.StartNew();
        (await ValidateAsync(empty)).AssertFailure(HttpStatusCode.UnprocessableEntity, "too-many-resources");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
        // Fewer have their issues, a bounded number of them.
        empty["extension"] = Many(5_000, _ => new JsonObject());
        Assert.Equal(100, (await ValidateAsync(empty)).AssertOk().Json.GetProperty("issue").GetArrayLength());
    }

    [Theory]
    [InlineData("bare")]
    [InlineData("bundled")]
    [InlineData("contained")]
    [InlineData("profile")]
    public async Task Rules_of_a_client_are_data(string way)
    {
        const string Url = "http://example.org/StructureDefinition/canary";
        var definition = Definition(Url);
        var claiming = new JsonObject { ["resourceType"] = "Patient", ["meta"] = new JsonObject { ["profile"] = new JsonArray(Url, "#sd") }, ["gender"] = "female" };
        if (way == "contained")
            claiming["contained"] = new JsonArray(definition.DeepClone());
        var bundle = new JsonObject { ["resourceType"] = "Bundle", ["type"] = "collection", ["entry"] = new JsonArray(new JsonObject { ["fullUrl"] = Url, ["resource"] = definition.DeepClone() }, new JsonObject { ["fullUrl"] = "urn:uuid:0f3ba5f8-12f5-4a3d-9b6b-2a0a8a3a9d11", ["resource"] = claiming.DeepClone() }) };
        var answer = await ValidateAsync(way switch
        {
            "bare" => definition,
            "bundled" => bundle,
            "contained" => claiming,
            // Sent beside the resource, and named by its URL.
            _ => new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = new JsonArray(new JsonObject { ["name"] = "resource", ["resource"] = bundle }, new JsonObject { ["name"] = "profile", ["valueUri"] = Url }) },
        });
        if (way == "profile")
            answer.AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        else
            answer.AssertOk();
        Assert.DoesNotContain(Canary, answer.Text, StringComparison.Ordinal);
        // Nor is it remembered.
        Assert.DoesNotContain(Canary, (await ValidateAsync(claiming)).AssertOk().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expressions_of_a_client_are_refused_or_data_wherever_they_come()
    {
        foreach (var resource in (JsonObject[])
        [
            new() { ["resourceType"] = "SearchParameter", ["url"] = "http://example.org/s", ["name"] = "S", ["status"] = "draft", ["description"] = "x", ["code"] = "x", ["base"] = new JsonArray("Patient"), ["type"] = "string", ["expression"] = Endless },
            new() { ["resourceType"] = "Questionnaire", ["status"] = "draft", ["item"] = new JsonArray(new JsonObject { ["linkId"] = "1", ["type"] = "string", ["extension"] = new JsonArray(Expression()) }) },
            new() { ["resourceType"] = "PlanDefinition", ["status"] = "draft", ["action"] = new JsonArray(new JsonObject { ["condition"] = new JsonArray(new JsonObject { ["kind"] = "applicability", ["expression"] = new JsonObject { ["language"] = "text/fhirpath", ["expression"] = Endless } }) }) },
        ])
        {
            (await ValidateAsync(resource)).AssertOk();
            Assert.Contains((await Server.PostTextAsync($"/fhir/{resource["resourceType"]}", resource.ToJsonString(), "application/fhir+json")).Status, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed]);
        }
        Assert.Contains((await Server.PostTextAsync("/fhir/Subscription", """{"resourceType":"Subscription","status":"requested","criteria":"Patient?_filter=x"}""", "application/fhir+json")).Status, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed]);
        string asked = Uri.EscapeDataString(Endless);
        foreach (string path in (string[])[$"/fhir/Patient?_filter={asked}", $"/fhir/Patient?_has={asked}", $"/fhir/Patient?_query={asked}", $"/fhir/Patient?_elements={asked}", $"/fhir/Patient?{asked}=1", $"/fhir/Patient/demo-stable?_elements={asked}"])
            (await Server.GetAsync(path)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        using var patch = new HttpRequestMessage(HttpMethod.Patch, "/fhir/Patient/demo-stable")
        {
            Content = new StringContent(new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = new JsonArray(new JsonObject { ["name"] = "operation", ["part"] = new JsonArray(new JsonObject { ["name"] = "path", ["valueString"] = Endless }) }) }.ToJsonString(), System.Text.Encoding.UTF8, "application/fhir+json"),
        };
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Server.Client.SendAsync(patch, TestContext.Current.CancellationToken)).StatusCode);

        static JsonObject Expression() => new() { ["url"] = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression", ["valueExpression"] = new JsonObject { ["language"] = "text/fhirpath", ["expression"] = Endless } };
    }

    [Theory]
    [InlineData("descendants().where(%resource.descendants().where($this.id = 'none').exists()).exists()")]
    [InlineData("component.where(%resource.component.where(%resource.component.where(id.exists()).exists()).exists()).exists()")]
    [InlineData("component.select(code).isDistinct()")]
    [InlineData("(component.select(code) | component.select(code)).empty()")]
    [InlineData("component.all(code in %resource.component.code)")]
    [InlineData("component.select(code).intersect(component.select(code)).empty()")]
    [InlineData("component.all(%resource.component.code contains code)")]
    [InlineData("id.matches('^(a+)+$')")]
    [InlineData("id.replaceMatches('^(a+)+$', 'b') = 'b'")]
    public void Evaluation_stops_in_time(string expression)
    {
        var observation = new Observation { Id = new string('a', 60) + "!", Component = [.. Enumerable.Range(0, 20_000).Select(i => new Observation.ComponentComponent { Code = new CodeableConcept("s", $"c{i}") })] };
        var paths = new TimedFhirPath(TimeProvider.System);
        // Compiled, and what it needs loaded.
        paths.IsTrue(expression, new Observation().ToPocoNode());
        var watch = Stopwatch.StartNew();
        var found = paths.IsTrue(expression, observation.ToPocoNode());
        Assert.Equal(new Evaluation(false, Fault.Late), found);
        // The bound, and as much again and more for a busy machine.
        Assert.InRange(watch.ElapsedMilliseconds, Milliseconds - 20, Milliseconds + 2_000);
    }

    [Theory]
    [InlineData("component.code.coding.code.isDistinct()", true)]
    [InlineData("(component.code | component.code).count() = 2", true)]
    [InlineData("component.value.empty() and component.value.isDistinct()", true)]
    [InlineData("(value | component.code).count() = 2", true)]
    [InlineData("'b' in component.code.coding.code", true)]
    [InlineData("component.code.coding.code contains 'c'", false)]
    [InlineData("component.code.coding.intersect(%resource.component.first().code.coding).count() = 1", true)]
    [InlineData("component.where(code.coding.code = 'a').exists() and (status = 'final' or id.exists()).not()", false)]
    [InlineData("descendants().code.where($this is code).count() = 2", true)]
    [InlineData("id.matches('^[a-z]+$') and id.replaceMatches('[a-z]', 'x') = 'xx'", true)]
    [InlineData("component[1].code.coding.code = 'b' and iif(status = 'final', 1, 2) = 1", true)]
    [InlineData("value", false)]
    public void Evaluation_in_time_is_as_without_a_bound(string expression, bool expected)
    {
        var node = new Observation
        {
            Id = "ab",
            Status = ObservationStatus.Final,
            Component = [new() { Code = new CodeableConcept("s", "a") }, new() { Code = new CodeableConcept("s", "b") }],
        }.ToPocoNode();
        Assert.Equal(new Evaluation(expected, Fault.None), new TimedFhirPath(TimeProvider.System).IsTrue(expression, node));
        Assert.Equal(new Evaluation(false, Fault.Unusable), new TimedFhirPath(TimeProvider.System).IsTrue("nobodyKnows()", node));
    }

    /// <summary>A function that nobody has looked at may walk through everything in one step, and a pattern that nobody has looked at may have endless ways.</summary>
    [Fact]
    public void Functions_and_patterns_of_all_definitions_are_known()
    {
        string[] known =
        [
            "all", "as", "binary.!=", "binary.&", "binary.+", "binary.<", "binary.<=", "binary.=", "binary.>", "binary.>=", "binary.and", "binary.as", "binary.contains", "binary.implies", "binary.in", "binary.is", "binary.or", "binary.xor", "binary.|",
            "builtin.children", "builtin.item", "children", "combine", "contains", "count", "descendants", "empty", "exists", "extension", "first", "hasValue", "htmlChecks", "iif", "intersect", "is", "isDistinct", "length", "matches",
            "not", "ofType", "replaceMatches", "resolve", "select", "startsWith", "substring", "tail", "toInteger", "toString", "trace", "where",
        ];
        string[] patterns =
        [
            @"(\s*([0-9a-zA-Z\+/=]){4}\s*)+", "true|false", @"\S*", @"[^\s]+(\s[^\s]+)*", @"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", @"[A-Za-z0-9\-\.]{1,64}", "-?([0]|([1-9][0-9]*))", @"[ \r\n\t\S]+",
            @"urn:oid:[0-2](\.(0|[1-9][0-9]*))+", "[1-9][0-9]*", "[0]|([1-9][0-9]*)", "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", @"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?",
            "([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?",
            @"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?",
            @"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))",
        ];
        var (expressions, regexes) = Definitions.Read();
        Assert.True(expressions.Count > 200, $"{expressions.Count}");
        var used = new Used();
        foreach (string expression in expressions)
            new Hl7.FhirPath.FhirPathCompiler().Parse(expression).Accept(used);
        Assert.Empty(used.Functions.Except(known));
        Assert.True(regexes.Count > 10, $"{regexes.Count}");
        Assert.Empty(regexes.Except(patterns));
    }

    private static JsonObject Definition(string url) => new()
    {
        ["resourceType"] = "StructureDefinition",
        ["id"] = "sd",
        ["url"] = url,
        ["name"] = "CanaryProfile",
        ["status"] = "draft",
        ["fhirVersion"] = "4.0.1",
        ["kind"] = "resource",
        ["abstract"] = false,
        ["type"] = "Patient",
        ["baseDefinition"] = "http://hl7.org/fhir/StructureDefinition/Patient",
        ["derivation"] = "constraint",
        ["snapshot"] = new JsonObject { ["element"] = new JsonArray(Element(), new JsonObject { ["id"] = "Patient.gender", ["path"] = "Patient.gender", ["min"] = 0, ["max"] = "1", ["definition"] = "x", ["base"] = new JsonObject { ["path"] = "Patient.gender", ["min"] = 0, ["max"] = "1" }, ["type"] = new JsonArray(new JsonObject { ["code"] = "code", ["extension"] = new JsonArray(new JsonObject { ["url"] = "http://hl7.org/fhir/StructureDefinition/regex", ["valueString"] = "(f+e+)+!" }) }) }) },
        ["differential"] = new JsonObject { ["element"] = new JsonArray(Element()) },
    };

    private static JsonObject Element() => new()
    {
        ["id"] = "Patient",
        ["path"] = "Patient",
        ["min"] = 0,
        ["max"] = "*",
        ["definition"] = "x",
        ["base"] = new JsonObject { ["path"] = "Patient", ["min"] = 0, ["max"] = "*" },
        ["constraint"] = new JsonArray(
            new JsonObject { ["key"] = Canary, ["severity"] = "error", ["human"] = Canary + " never holds", ["expression"] = "false" },
            new JsonObject { ["key"] = "canary-2", ["severity"] = "error", ["human"] = Canary + " never ends", ["expression"] = Endless }),
    };

    private sealed class Used : ExpressionVisitor<bool>
    {
        public HashSet<string> Functions { get; } = [];

        public override bool VisitConstant(ConstantExpression expression) => true;

        public override bool VisitNewNodeListInit(NewNodeListInitExpression expression) => true;

        public override bool VisitVariableRef(VariableRefExpression expression) => true;

        public override bool VisitFunctionCall(FunctionCallExpression expression) =>
            Functions.Add(expression.FunctionName) | expression.Focus.Accept(this) | expression.Arguments.Aggregate(true, (all, a) => a.Accept(this) & all);
    }
}

/// <summary>The rules of the definitions that the validator works with.</summary>
internal static class Definitions
{
    private static readonly XNamespace Fhir = "http://hl7.org/fhir";

    public static (HashSet<string> Expressions, HashSet<string> Patterns) Read()
    {
        HashSet<string> expressions = [], patterns = [];
        using var core = ZipFile.OpenRead(System.IO.Path.Combine(AppContext.BaseDirectory, "specification.zip"));
        foreach (var entry in core.Entries.Where(e => e.Name.StartsWith("profiles-", StringComparison.Ordinal) || e.Name == "extension-definitions.xml"))
        {
            using var stream = entry.Open();
            var root = XDocument.Load(stream).Root!;
            expressions.UnionWith(root.Descendants(Fhir + "constraint").Select(c => c.Element(Fhir + "expression")?.Attribute("value")!.Value).OfType<string>());
            patterns.UnionWith(root.Descendants(Fhir + "extension").Where(e => e.Attribute("url")!.Value == "http://hl7.org/fhir/StructureDefinition/regex").Select(e => e.Elements().Single().Attribute("value")!.Value));
        }
        foreach (string file in Directory.EnumerateFiles(RepositoryRoot.Combine("profiles", "package"), "StructureDefinition-*.json"))
        {
            var elements = JsonNode.Parse(File.ReadAllBytes(file))!["snapshot"]!["element"]!.AsArray();
            expressions.UnionWith(elements.SelectMany(e => e!["constraint"]?.AsArray() ?? []).Select(c => (string?)c!["expression"]).OfType<string>());
            patterns.UnionWith(elements.SelectMany(e => e!["type"]?.AsArray() ?? []).SelectMany(t => t!["extension"]?.AsArray() ?? []).Where(e => (string?)e!["url"] == "http://hl7.org/fhir/StructureDefinition/regex").Select(e => (string)e!["valueString"]!));
        }
        return (expressions, patterns);
    }
}
