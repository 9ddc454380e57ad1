using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Tests.Conformance;

[Trait("promise", "M-67")]
public sealed class ContentNegotiationTests
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    [Theory]
    // Accept, _format, has a page, expected
    [InlineData(null, null, true, "application/fhir+json")]
    [InlineData("", null, true, "application/fhir+json")]
    [InlineData("*/*", null, true, "application/fhir+json")]
    [InlineData("application/*", null, true, "application/fhir+json")]
    [InlineData("application/fhir+json", null, true, "application/fhir+json")]
    [InlineData("APPLICATION/FHIR+JSON", null, false, "application/fhir+json")]
    [InlineData("application/json", null, false, "application/json")]
    [InlineData("text/json", null, false, "text/json")]
    [InlineData("application/fhir+json; fhirVersion=4.0", null, false, "application/fhir+json")]
    [InlineData("application/fhir+json; fhirVersion=\"4.0\"; charset=UTF-8", null, false, "application/fhir+json")]
    [InlineData("application/fhir+json; fhirVersion=5.0", null, false, null)]
    [InlineData("application/fhir+json; fhirVersion=3.0, application/fhir+json; fhirVersion=4.0", null, false, "application/fhir+json")]
    [InlineData("application/fhir+json; charset=iso-8859-1", null, false, null)]
    [InlineData("application/fhir+xml", null, true, "application/fhir+xml")]
    [InlineData("application/xml", null, false, "application/xml")]
    [InlineData("text/xml; fhirVersion=4.0", null, false, "text/xml")]
    [InlineData("text/*", null, false, "text/json")]
    [InlineData("application/fhir+xml; fhirVersion=3.0", null, false, null)]
    [InlineData("application/fhir+xml, application/fhir+json;q=0.5", null, false, "application/fhir+xml")]
    [InlineData("application/fhir+xml, application/fhir+json", null, false, "application/fhir+json")]
    [InlineData("application/fhir+xml, text/html;q=0.9", null, true, "application/fhir+xml")]
    [InlineData("application/fhir+json;q=0", null, false, null)]
    [InlineData("application/fhir+json;q=0, */*", null, false, "application/json")]
    [InlineData("image/png", null, true, null)]
    [InlineData("not a media type", null, true, null)]
    [InlineData(Browser, null, true, "text/html")]
    [InlineData(Browser, null, false, "application/fhir+json")]
    [InlineData("text/html", null, true, "text/html")]
    [InlineData("text/html", null, false, null)]
    [InlineData("text/html;q=0.5, application/fhir+json", null, true, "application/fhir+json")]
    [InlineData("application/fhir+json, text/html", null, true, "application/fhir+json")]
    [InlineData(Browser, "json", true, "application/fhir+json")]
    [InlineData("application/fhir+xml", "application/fhir+json", true, "application/fhir+json")]
    [InlineData("*/*", "application/fhir json", true, "application/fhir+json")]
    [InlineData("*/*", "application/json", true, "application/json")]
    [InlineData("*/*", "application/fhir+json; fhirVersion=5.0", true, null)]
    [InlineData("application/fhir+json", "html", true, "text/html")]
    [InlineData("application/fhir+json", "text/html", true, "text/html")]
    [InlineData("application/fhir+json", "html", false, null)]
    [InlineData("application/fhir+json", "xml", true, "application/fhir+xml")]
    [InlineData("application/fhir+json", "application/fhir xml", true, "application/fhir+xml")]
    [InlineData("application/fhir+json", "text/xml", true, "text/xml")]
    [InlineData("application/fhir+json", "application/fhir+xml; fhirVersion=5.0", true, null)]
    [InlineData("application/fhir+json", "ttl", true, null)]
    public void Answer_has_the_form_that_the_client_asks_for(string? accept, string? format, bool html, string? expected)
    {
        Negotiated chosen = ContentNegotiation.Choose(accept is null ? [] : [accept], format, html);
        if (expected is null)
            Assert.Equal(ResponseFormat.NotAcceptable, chosen.Format);
        else
        {
            Assert.Equal($"{expected}; charset=utf-8", chosen.ContentType);
            Assert.Equal(expected == "text/html" ? ResponseFormat.Html : expected.EndsWith("xml", StringComparison.Ordinal) ? ResponseFormat.Xml : ResponseFormat.Json, chosen.Format);
        }
    }

    [Fact]
    public void Accept_may_be_spread_over_several_headers() =>
        Assert.Equal(ResponseFormat.Json, ContentNegotiation.Choose(["application/fhir+xml;q=0.1", "application/fhir+json;q=0.2"], null, true).Format);

    [Theory]
    [InlineData("application/fhir+json", ResponseFormat.Json)]
    [InlineData("application/json; charset=utf-8", ResponseFormat.Json)]
    [InlineData("text/json", ResponseFormat.Json)]
    [InlineData("application/fhir+json; fhirVersion=4.0; charset=UTF-8", ResponseFormat.Json)]
    [InlineData("application/fhir+json; fhirVersion=5.0", null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData("application/fhir+xml", ResponseFormat.Xml)]
    [InlineData("application/xml; charset=utf-8", ResponseFormat.Xml)]
    [InlineData("text/xml", ResponseFormat.Xml)]
    [InlineData("application/fhir+xml; fhirVersion=3.0", null)]
    [InlineData("application/fhir+xml; charset=utf-16", null)]
    [InlineData("text/plain", null)]
    [InlineData("application/x-www-form-urlencoded", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Body_says_that_it_is_JSON_or_XML_in_UTF_8(string? contentType, ResponseFormat? format)
    {
        Assert.Equal(format, ContentNegotiation.BodyFormat(contentType));
        Assert.Equal(format == ResponseFormat.Json, ContentNegotiation.AcceptsBody(contentType));
    }
}
