using System.Net;
using System.Text.Json.Nodes;
using static MedAI.Fhir.Tests.Operations.ExplainTests;

namespace MedAI.Fhir.Tests.Operations;

[Trait("promise", "M-453")]
public sealed class WhatIfTests(WhatIfServer fixture) : IClassFixture<WhatIfServer>
{
    private MedAIServer Server => fixture.Server;

    [Fact]
    public async Task Changed_inputs_move_the_estimate_and_the_answer_says_what_it_is()
    {
        var one = (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        int results = await Server.ResultsAsync();
        var answer = (await WhatIfAsync("demo-stable", ("Lactate", 12))).AssertOk();
        Assert.Equal("Parameters", answer.Json.GetProperty("resourceType").GetString());
        Assert.Equal("sensitivity display, not effect of treatment", One(answer.Json, "notice").GetProperty("valueString").GetString());
        var estimate = One(answer.Json, "estimate");
        decimal unchanged = Part(estimate, "unchanged").GetProperty("valueDecimal").GetDecimal();
        decimal changed = Part(estimate, "changed").GetProperty("valueDecimal").GetDecimal();
        Assert.Equal(one.Percent, unchanged);
        Assert.True(changed > unchanged, $"{unchanged} -> {changed}");
        Assert.Equal(12, Part(One(answer.Json, "change"), "value").GetProperty("valueQuantity").GetProperty("value").GetInt32());
        Assert.DoesNotContain("RiskAssessment", answer.Text, StringComparison.Ordinal);
        // Stored nowhere but in the audit trail.
        Assert.Equal(results, await Server.ResultsAsync());
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("operation:what-if", "what-if", (string?)null, "demo-stable"), (row.Trigger, row.Outcome, row.ResultId, row.Patient!.Id));
        Assert.Equal(one.Text, (await Server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk().Text);
    }

    [Fact]
    public async Task Data_of_the_request_are_changed_likewise()
    {
        var body = Changes(("Lactate", 12));
        body["parameter"]!.AsArray().Add(new JsonObject { ["name"] = "data", ["resource"] = Call.Record("demo-stable") });
        var answer = (await Server.PostTextAsync("/fhir/Patient/$what-if", body.ToJsonString())).AssertOk();
        var stored = (await WhatIfAsync("demo-stable", ("Lactate", 12))).AssertOk();
        Assert.Equal(Part(One(stored.Json, "estimate"), "changed").GetRawText(), Part(One(answer.Json, "estimate"), "changed").GetRawText());
    }

    [Theory]
    [InlineData("NoSuchVariable", 1)]
    [InlineData("Lactate", 1_000_000)]
    [InlineData("Lactate", -1)]
    public async Task Impossible_change_is_400_with_its_place(string variable, int value)
    {
        var answer = await WhatIfAsync("demo-stable", (variable, value));
        answer.AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        Assert.StartsWith("Parameters.parameter[0].part[", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_without_end_or_none_at_all_is_400()
    {
        (await WhatIfAsync("demo-stable")).AssertFailure(HttpStatusCode.BadRequest, "missing-parameter");
        (await WhatIfAsync("demo-stable", ("Lactate", 1), ("Lactate", 2))).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await WhatIfAsync("demo-stable", [.. Enumerable.Repeat(("Lactate", 1), 21)])).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Fact]
    public async Task Patient_that_the_model_was_not_made_for_stays_so()
    {
        var answer = await WhatIfAsync("demo-child", ("Lactate", 2));
        answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "age-outside-population");
        Assert.Equal("abstention", Assert.Single(await Server.AuditAsync(answer)).Outcome);
    }

    [Fact]
    public async Task It_is_off_unless_switched_on()
    {
        await using var server = await MedAIServer.StartAsync("--demo");
        (await server.PostTextAsync("/fhir/Patient/demo-stable/$what-if", Changes(("Lactate", 12)).ToJsonString())).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await server.GetAsync("/fhir/OperationDefinition/what-if")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.DoesNotContain("what-if", (await server.GetAsync("/fhir/metadata")).AssertOk().Text, StringComparison.Ordinal);
    }

    private Task<Answer> WhatIfAsync(string patient, params (string Variable, int Value)[] changes) =>
        Server.PostTextAsync($"/fhir/Patient/{patient}/$what-if", Changes(changes).ToJsonString());

    private static JsonObject Changes(params (string Variable, int Value)[] changes) => new()
    {
        ["resourceType"] = "Parameters",
        ["parameter"] = new JsonArray([.. changes.Select(c => (JsonNode)new JsonObject
        {
            ["name"] = "change",
            ["part"] = new JsonArray(new JsonObject { ["name"] = "variable", ["valueCode"] = c.Variable }, new JsonObject { ["name"] = "value", ["valueDecimal"] = c.Value }),
        })]),
    };
}

/// <summary>A demo server with <c>$what-if</c> switched on.</summary>
public sealed class WhatIfServer : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MedAIServer.StartAsync("--demo", "--WhatIf:Enabled", "true");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
