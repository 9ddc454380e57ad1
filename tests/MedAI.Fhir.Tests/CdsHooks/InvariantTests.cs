using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.CdsHooks.Feedback;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>The twelve invariants of the CDS Hooks 3.0 models (HL7/cds-hooks, input/fsh/invariants): each is violated here, and caught.</summary>
public sealed class InvariantTests
{
    private static readonly JsonElement Resource = JsonDocument.Parse("""{"resourceType":"ServiceRequest"}""").RootElement;

    private static readonly CardSuggestion Suggestion = new("Do it", "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a12", [new CardAction("create", "Does it", Resource)]);

    private static readonly Card Good = new()
    {
        Uuid = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11",
        Summary = "One sentence.",
        Indicator = "info",
        Source = new CardSource("MedAI", "https://medai.example.org/cds-services", new CardCoding("t", "urn:s", "T")),
        SelectionBehavior = "at-most-one",
        Suggestions = [Suggestion with { IsRecommended = true, ActionSelectionBehavior = "all" }, Suggestion with { Uuid = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a13" }],
        OverrideReasons = [new CardCoding("r", "urn:s", "Because")],
        Links = [new CardLink("Open", "https://medai.example.org/app", "smart", "RiskAssessment/1")],
    };

    public static TheoryData<string, Card> Violations => new()
    {
        { "cds-resp-1", Good with { Suggestions = [Suggestion with { IsRecommended = true }, Suggestion with { IsRecommended = true, Uuid = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a13" }] } },
        { "cds-resp-2", Good with { Suggestions = [Suggestion with { Actions = [new CardAction("delete", "Takes it back", Resource)] }] } },
        { "cds-resp-3", Good with { Links = [new CardLink("Open", "https://medai.example.org/app", "absolute", "RiskAssessment/1")] } },
        { "cds-resp-4", Good with { OverrideReasons = [new CardCoding("r", "urn:s", "")] } },
        { "cds-resp-5", Good with { Suggestions = [Suggestion with { Actions = [new CardAction("create", "", Resource)] }] } },
        { "cds-resp-6", Good with { SelectionBehavior = null } },
        { "cds-resp-7", Good with { Suggestions = [Suggestion with { ActionSelectionBehavior = "some" }] } },
    };

    private static JsonElement Wire(Card card) => JsonSerializer.SerializeToElement(new CdsResponse([card]), CdsHooksJson.Default.CdsResponse);

    [Fact, Trait("promise", "M-408")]
    public void Whole_card_violates_none()
    {
        Assert.Empty(CardRules.Problems(new CdsResponse([Good])));
        Assert.Empty(CdsInvariants.Violated(Wire(Good)));
    }

    /// <summary>Our own rules stop the answer; the second reading, which every answer in these tests goes through, sees the same fault.</summary>
    [Theory, MemberData(nameof(Violations)), Trait("promise", "V10"), Trait("promise", "M-408")]
    public void Violated_invariant_of_an_answer_is_caught_before_it_is_sent(string invariant, Card card)
    {
        Assert.Equal([invariant], CdsInvariants.Violated(Wire(card)));
        Assert.NotEmpty(CardRules.Problems(new CdsResponse([card])));
    }

    [Theory, Trait("promise", "V10"), Trait("promise", "M-408")]
    [InlineData("cds-fb-1", """{"outcome":"ignored"}""", "outcome")]
    [InlineData("cds-fb-2", """{"outcome":"accepted"}""", "acceptedSuggestions")]
    [InlineData("cds-fb-3", """{"outcome":"overridden","overrideReason":{"extension":{}}}""", "overrideReason")]
    public void Violated_invariant_of_feedback_is_named(string invariant, string change, string member)
    {
        var entry = JsonNode.Parse("""{"card":"6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z"}""")!.AsObject();
        Assert.NotNull(Read(entry).Rows);
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            entry[name] = value?.DeepClone();
        var (rows, failure) = Read(entry);
        Assert.True(rows is null, invariant);
        Assert.Contains(failure!.Issues, i => i.Expression?.EndsWith(member, StringComparison.Ordinal) == true);

        static (IReadOnlyList<MedAI.Fhir.Store.FeedbackRow>? Rows, MedAI.Fhir.Conformance.Failure? Failure) Read(JsonObject entry) =>
            FeedbackRequest.Read(JsonSerializer.SerializeToElement(new JsonObject { ["feedback"] = new JsonArray(entry.DeepClone()) }), Call.SampleTime);
    }
}
