using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.CdsHooks;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>Rows of the specification that hold for every answer.</summary>
public sealed class SpecificationTests(DemoServer demo) : IClassFixture<DemoServer>
{
    /// <summary>Answers of every sort.</summary>
    private async Task<List<Answer>> AnswersAsync()
    {
        var imaging = Call.PatientView("demo-deteriorating");
        imaging["context"]!["patientId"] = "demo-child-cough";
        var wrong = Call.PatientView("demo-stable");
        wrong["hook"] = "order-sign";
        return
        [
            await demo.Server.GetAsync("/cds-services"),
            await demo.Server.HookAsync(Call.PatientView("demo-deteriorating")),
            await demo.Server.HookAsync(Call.PatientView("demo-stable")),
            await demo.Server.HookAsync(Call.PatientView("demo-sparse")),
            await demo.Server.PostTextAsync("/cds-services/chest-xray-pneumonia", imaging.ToJsonString()),
            await demo.Server.HookAsync(wrong),
            await demo.Server.PostTextAsync(Call.Hook, "{"),
            await demo.Server.PostTextAsync(Call.Hook, "{}", "text/plain"),
            await demo.Server.PostTextAsync("/cds-services/none", "{}"),
            await demo.Server.GetAsync(Call.Hook),
            await demo.Server.PostTextAsync(Call.Hook + "/feedback", """{"feedback":[]}"""),
        ];
    }

    [Fact, Trait("promise", "J1"), Trait("promise", "J2"), Trait("promise", "V6"), Trait("promise", "C5")]
    public async Task Every_answer_is_JSON_without_empty_values()
    {
        foreach (var answer in await AnswersAsync())
        {
            Assert.StartsWith("application/json", answer.ContentType, StringComparison.Ordinal);
            NoEmptyValues.Check(answer.Json, answer.Json.TryGetProperty("services", out _) ? "services" : "cards");
            Assert.Equal(answer.Status == HttpStatusCode.OK, !answer.Json.TryGetProperty("resourceType", out _));
        }
    }

    [Fact, Trait("promise", "A5"), Trait("promise", "E2"), Trait("promise", "K13")]
    public async Task Nothing_is_done_behind_the_clinicians_back()
    {
        foreach (var answer in (await AnswersAsync()).Where(a => a.Status == HttpStatusCode.OK))
        {
            foreach (string member in (string[])["systemActions", "extension", "autolaunchable"])
                Assert.DoesNotContain($"\"{member}\"", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact, Trait("promise", "C6")]
    public async Task Nothing_to_say_is_an_empty_list_of_cards() =>
        Assert.Equal("""{"cards":[]}""", (await demo.Server.HookAsync(Call.PatientView("demo-child"))).AssertOk().Text);

    [Fact, Trait("promise", "C11")]
    public async Task Two_instances_of_a_hook_are_two_calls()
    {
        foreach (string instance in (string[])["d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "d1577c69-dfbe-44ad-ba6d-3e05e953b2eb"])
        {
            var request = Call.PatientView("demo-deteriorating");
            request["hookInstance"] = instance;
            var answer = (await demo.Server.HookAsync(request)).AssertOk();
            Assert.Single(answer.Cards);
            Assert.Equal(instance, Assert.Single(await demo.Server.AuditAsync(answer)).HookInstance);
        }
    }

    [Fact, Trait("promise", "B7")]
    public async Task Card_that_nobody_reports_is_counted_and_neither_accepted_nor_overridden()
    {
        var before = await CountAsync();
        (await demo.Server.HookAsync(Call.PatientView("demo-deteriorating"))).AssertOk();
        var after = await CountAsync();
        Assert.Equal((before.Cards + 1, before.Accepted, before.Overridden), after);

        async Task<(int Cards, int Accepted, int Overridden)> CountAsync()
        {
            var services = (await demo.Server.GetAsync("/feedback/summary")).AssertOk().Json.GetProperty("services").EnumerateArray();
            foreach (var service in services.Where(s => s.GetProperty("service").GetString() == "icu-mortality"))
                return (service.GetProperty("cards").GetInt32(), service.GetProperty("accepted").GetInt32(), service.GetProperty("overridden").GetInt32());
            return default;
        }
    }

    [Fact, Trait("promise", "D3"), Trait("promise", "P-20")]
    public async Task Discovery_is_valid_while_models_load_and_when_there_are_none_or_only_broken_ones()
    {
        string empty = Directory.CreateTempSubdirectory("medai-test-").FullName;
        await using (var server = await MedAIServer.StartAsync(null, ["--models", empty], wait: false))
            Assert.Equal("""{"services":[]}""", (await server.GetAsync("/cds-services")).AssertOk().Text);
        Directory.Delete(empty);

        using var package = new TinyPackage();
        await File.WriteAllTextAsync(package.File("model.onnx"), "broken", TestContext.Current.CancellationToken);
        await using var broken = await MedAIServer.StartAsync(null, ["--models", package.Root], wait: false);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("""{"services":[]}""", (await broken.GetAsync("/cds-services")).AssertOk().Text);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    [Fact, Trait("promise", "M-380")]
    public void Rules_of_suggestions_are_kept()
    {
        var resource = JsonSerializer.SerializeToElement(new JsonObject { ["resourceType"] = "ServiceRequest" });
        var good = new Card
        {
            Uuid = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11",
            Summary = "One.",
            Indicator = "info",
            Source = new CardSource("MedAI", null, null),
            SelectionBehavior = "any",
            Suggestions = [new CardSuggestion("Do", "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a12", [new CardAction("create", "Does it", resource)])],
        };
        Assert.Empty(CardRules.Problems(new CdsResponse([good])));
        var suggestion = good.Suggestions[0];
        foreach (var bad in (Card[])
            [
                good with { SelectionBehavior = null }, good with { SelectionBehavior = "all" }, good with { Suggestions = null }, good with { Suggestions = [] },
                good with { Suggestions = [suggestion with { Label = "" }] }, good with { Suggestions = [suggestion with { Uuid = "1" }] }, good with { Suggestions = [suggestion with { Actions = [] }] },
                good with { Suggestions = [suggestion with { Actions = [new CardAction("create", "", resource)] }] },
                good with { Suggestions = [suggestion with { Actions = [new CardAction("update", "x", resource)] }] },
                good with { Suggestions = [suggestion with { Actions = [new CardAction("create", "x", JsonSerializer.SerializeToElement(1))] }] },
                good with { Links = [new CardLink("a", "https://a.test/", "absolute", "context")] },
            ])
            Assert.NotEmpty(CardRules.Problems(new CdsResponse([bad])));
    }
}
