using MedAI.Fhir.CdsHooks;

namespace MedAI.Fhir.Tests.CdsHooks;

public sealed class CardRulesTests
{
    private static readonly Card Good = new()
    {
        Uuid = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11",
        Summary = "One sentence.",
        Detail = "More.",
        Indicator = "info",
        Source = new CardSource("MedAI", "https://medai.example.org/cds-services", new CardCoding("t", "urn:s", "")),
        OverrideReasons = [new CardCoding("r", "urn:s", "Because")],
        Links = [new CardLink("Open", "https://medai.example.org/fhir/RiskAssessment/1", "absolute")],
    };

    public static TheoryData<string, Card> Broken => new()
    {
        { "uuid", Good with { Uuid = "1" } },
        { "summary", Good with { Summary = "" } },
        { "summary", Good with { Summary = new string('x', 140) } },
        { "summary", Good with { Summary = "two\nlines" } },
        { "detail", Good with { Detail = "" } },
        { "indicator", Good with { Indicator = "hard-stop" } },
        { "source.label", Good with { Source = Good.Source with { Label = " " } } },
        { "source.url", Good with { Source = Good.Source with { Url = "/cds-services" } } },
        { "source.url", Good with { Source = Good.Source with { Url = "javascript:alert(1)" } } },
        { "source.topic", Good with { Source = Good.Source with { Topic = new CardCoding("", "urn:s", "T") } } },
        { "overrideReasons", Good with { OverrideReasons = [] } },
        { "overrideReasons", Good with { OverrideReasons = [new CardCoding("r", "urn:s", "")] } },
        { "links", Good with { Links = [] } },
        { "links", Good with { Links = [new CardLink("", "https://a.test/", "absolute")] } },
        { "links", Good with { Links = [new CardLink("Open", "RiskAssessment/1", "absolute")] } },
        { "links", Good with { Links = [new CardLink("Open", "https://a.test/", "relative")] } },
    };

    [Fact, Trait("promise", "M-380")]
    public void Good_answers_pass()
    {
        Assert.Empty(CardRules.Problems(new CdsResponse([])));
        Assert.Empty(CardRules.Problems(new CdsResponse([Good])));
        Assert.Empty(CardRules.Problems(new CdsResponse([Good with { Summary = new string('x', 139) }, Good with { Uuid = "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a12", Detail = null, Links = null, OverrideReasons = null }])));
    }

    [Theory, MemberData(nameof(Broken)), Trait("promise", "M-380")]
    public void Each_broken_rule_is_named(string member, Card card) =>
        Assert.StartsWith("card." + member, Assert.Single(CardRules.Problems(new CdsResponse([card]))), StringComparison.Ordinal);

    [Fact, Trait("promise", "M-380")]
    public void A_card_occurs_once() =>
        Assert.Equal("card.uuid occurs twice", Assert.Single(CardRules.Problems(new CdsResponse([Good, Good]))));
}
