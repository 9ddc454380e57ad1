using System.Text;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;

namespace MedAI.Fhir.Tests.Limits;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("""{"a":[1,{"b":null}],"c":"\u00e9\ud83d\ude00\\u0000 é😀"}""")]
    [InlineData("""{"a":{"x":1},"b":{"x":1}}""")]
    [InlineData("""[{"x":1},{"x":1}]""")]
    [InlineData(" null ")]
    public void Legal_JSON_is_parsed_whole(string json)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(json);

        Assert.True(StrictJson.TryParse(utf8, out var document, out _));

        using (document)
        using (var plain = JsonDocument.Parse(json))
            Assert.True(JsonElement.DeepEquals(plain.RootElement, document.RootElement));
    }

    [Theory, Trait("promise", "S-33")]
    [InlineData("""{"patientId":"1","patientId":"2"}""", "line 1, byte 18")]
    [InlineData("{\n \"prefetch\": {},\n \"prefetch\": {}}", "line 3, byte 2")]
    [InlineData("""[{"a":[{"b":1,"c":2,"b":1}]}]""", "line 1, byte 21")]
    [InlineData("""{"a":1,"\u0061":2}""", "line 1, byte 8")]
    public void Repeated_member_is_refused_with_its_place(string json, string place) => Refused(Encoding.UTF8.GetBytes(json), FailureCode.DuplicateMember, place);

    [Theory, Trait("promise", "S-33")]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5_000)]
    public void Last_of_many_members_is_compared_with_all_before(int members)
    {
        var names = Enumerable.Range(0, members).Select(i => $"member-{i}-{new string('x', i % 7)}").ToArray();
        string different = "{" + string.Join(',', names.Select((n, i) => $"\"{n}\" :{{\"inner\":[\"{n}\",{{\"{n}\":\"}}{{\\\"\"}}]}}")) + "}";
        Assert.True(StrictJson.TryParse(Encoding.UTF8.GetBytes(different), out var document, out _));
        document.Dispose();

        foreach (string repeated in (string[])[names[0], names[^1]])
            Refused(Encoding.UTF8.GetBytes(different[..^1] + $", \"{repeated}\": 1}}"), FailureCode.DuplicateMember, $"line 1, byte {different.Length + 2}");
    }

    [Fact]
    public void Names_that_only_share_length_and_ends_are_different()
    {
        Assert.True(StrictJson.TryParse("""{"abcd-1-wxyz":1,"abcd-2-wxyz":2,"":3,"a":4,"ab":5,"abc":6}"""u8.ToArray(), out var document, out _));
        document.Dispose();
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("{\"a\":1,}", "line 1, byte 8")]
    [InlineData("{}\n// no", "line 2, byte 1")]
    [InlineData("{} {}", "line 1, byte 4")]
    [InlineData("{\"a\":\"raw\u0000nul\"}", "line 1, byte 10")]
    [InlineData("{\"a\":NaN}", null)]
    [InlineData("{\"a\":01}", null)]
    [InlineData("\uFEFF{}", "line 1, byte 1")]
    [InlineData("""{"a":"\u0000"}""", "line 1, byte 7")]
    [InlineData("""{"a":"ok\\\u0000"}""", "line 1, byte 11")]
    [InlineData("""{"a":"\ud800"}""", "line 1, byte 7")]
    [InlineData("""{"a":"\ud800x\udc00"}""", "line 1, byte 7")]
    [InlineData("""{"a":"\udc00\ud800"}""", "line 1, byte 7")]
    [InlineData("""{"a":"\ud800\ud800"}""", "line 1, byte 7")]
    [InlineData("""{"\ud800":1}""", "line 1, byte 3")]
    [InlineData("\"\\", null)]
    [InlineData("\"\\ud8", null)]
    [InlineData("\"\\ud800", "line 1, byte 2")]
    [Trait("promise", "S-35")]
    public void Text_that_is_not_clean_JSON_is_refused(string json, string? place) => Refused(Encoding.UTF8.GetBytes(json), FailureCode.MalformedJson, place);

    [Theory, Trait("promise", "S-35")]
    [InlineData(new byte[] { (byte)'"', 0xC3, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xFF, 0xFE, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'{', 0, (byte)'}', 0 })]
    public void Bytes_that_are_not_UTF8_are_refused(byte[] bytes) => Refused(bytes, FailureCode.MalformedJson, null);

    [Theory, Trait("promise", "S-30")]
    [InlineData(65)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Deeper_nesting_than_64_is_refused(int depth)
    {
        Refused(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)), FailureCode.MalformedJson, null);
        Assert.True(StrictJson.TryParse(Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64)), out var document, out _));
        document.Dispose();
    }

    [Fact]
    public void Refusal_does_not_repeat_what_was_sent()
    {
        foreach (string json in (string[])["""{"secret":1,"secret":2}""", """{"secret":"secret" secret}""", """{"secret":"\u0000"}"""])
        {
            Assert.False(StrictJson.TryParse(Encoding.UTF8.GetBytes(json), out _, out var failure));
            Assert.DoesNotContain("secret", failure.ToString() + failure.Issues[0].Text, StringComparison.Ordinal);
        }
    }

    private static void Refused(byte[] utf8, FailureCode code, string? place)
    {
        Assert.False(StrictJson.TryParse(utf8, out var document, out var failure));
        Assert.Null(document);
        Assert.Equal(code, failure.Code);
        if (place is not null)
            Assert.EndsWith("; " + place + ".", Assert.Single(failure.Issues).Text, StringComparison.Ordinal);
    }
}
