using MedAI.Fhir.Writing;

namespace MedAI.Fhir.Tests.Writing;

[Trait("promise", "S-43")]
public sealed class SafeTextTests
{
    [Theory]
    [InlineData("Heart rate", "Heart rate")]
    [InlineData("Größe µg/L 血", "Größe µg/L 血")]
    [InlineData("  two\r\n lines\t", "two lines")]
    [InlineData("safe\u202Egnp.exe\u2066x\u2069", "safegnp.exex")]
    [InlineData("zero\u200Bwidth\uFEFF\u0000\u0007", "zerowidth")]
    [InlineData(null, "")]
    public void Plain_text_loses_what_could_mislead(string? text, string expected) => Assert.Equal(expected, SafeText.Plain(text));

    [Fact]
    public void Plain_text_is_cut_with_an_ellipsis()
    {
        string cut = SafeText.Plain(new string('a', 10 * 1024), 140);
        Assert.Equal(140, cut.Length);
        Assert.EndsWith("…", cut);
    }

    [Fact]
    public void Plain_text_is_never_cut_inside_a_surrogate_pair()
    {
        string cut = SafeText.Plain(string.Concat(Enumerable.Repeat("🩺", 100)), 10);
        Assert.True(cut.Length <= 10);
        Assert.All(cut.EnumerateRunes(), r => Assert.NotEqual(0xFFFD, r.Value));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("\" onload='x'", "&quot; onload=&#x27;x&#x27;")]
    [InlineData("a & b", "a &amp; b")]
    public void Html_is_encoded(string text, string expected) => Assert.Equal(expected, SafeText.Html(text));

    [Theory]
    [InlineData("[click](http://evil.test)", "\\[click\\](http\\://evil.test)")]
    [InlineData("![x](y)", "!\\[x\\](y)")]
    [InlineData("<b>*bold*</b>", "&lt;b&gt;\\*bold\\*&lt;/b&gt;")]
    [InlineData("# heading", "\\# heading")]
    [InlineData("1. list", "1\\. list")]
    [InlineData("www.evil.test", "www\\.evil.test")]
    [InlineData("GCS 8 (04:12 +01:00)", "GCS 8 (04:12 +01:00)")]
    [InlineData("`code` | a@b.test", "\\`code\\` \\| a\\@b.test")]
    public void Markdown_is_escaped(string text, string expected) => Assert.Equal(expected, SafeText.Markdown(text));
}
