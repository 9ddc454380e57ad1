using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Conformance.Answers;

public sealed class FhirXmlTests
{
    private const string Observation = """<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="x"/></code>{0}</Observation>""";

    /// <summary>Everything that this server writes: the golden resources, alone and in Bundles, and the demo's records.</summary>
    public static TheoryData<string> EveryResource =>
    [
        .. Directory.EnumerateFiles(RepositoryRoot.Combine("tests", "MedAI.Fhir.Tests", "Golden"), "*.fhir.json"),
        .. Directory.EnumerateFiles(RepositoryRoot.Combine("samples", "patients"), "*.json"),
        .. Directory.EnumerateFiles(RepositoryRoot.Combine("samples", "imaging"), "*.json"),
    ];

    [Theory, Trait("promise", "M-441")]
    [MemberData(nameof(EveryResource))]
    public void Resource_comes_back_from_XML_as_it_went(string file)
    {
        byte[] json = File.ReadAllBytes(file);
        byte[] xml = FhirXml.FromResource(json, pretty: false);
        Assert.True(FhirXml.TryRead(xml, out byte[]? back, out var failure), failure is null ? "" : string.Join(" ", failure.Issues.Select(i => i.Text)));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(back)), Encoding.UTF8.GetString(back));
        // And once more from the other side.
        Assert.Equal(xml, FhirXml.FromResource(back, pretty: false));
        Assert.True(FhirXml.TryRead(FhirXml.FromResource(json, pretty: true), out byte[]? indented, out _));
        Assert.Equal(back, indented);
    }

    [Fact, Trait("promise", "M-441")]
    public void Every_authored_type_is_among_them()
    {
        var types = EveryResource.SelectMany(row => Types(JsonNode.Parse(File.ReadAllBytes(row.Data))!.AsObject())).ToHashSet();
        Assert.Empty(MedAI.Fhir.Store.ResourceEndpoints.AuthoredTypes.Concat(["Bundle", "CapabilityStatement", "OperationDefinition", "OperationOutcome"]).Except(types));

        static IEnumerable<string> Types(JsonObject resource) =>
            [(string)resource["resourceType"]!, .. (resource["entry"] as JsonArray ?? []).SelectMany(e => e!["resource"] is JsonObject inner ? Types(inner) : [])];
    }

    [Theory, Trait("promise", "M-442")]
    [InlineData("""<effectiveDateTime value="yesterday"/>""", "effectiveDateTime", "\"yesterday\"")]
    [InlineData("""<valueQuantity><value value="1.50"/></valueQuantity>""", "valueQuantity", """{"value":1.50}""")]
    [InlineData("""<valueQuantity><value value="1e400"/></valueQuantity>""", "valueQuantity", """{"value":"1e400"}""")]
    [InlineData("""<valueInteger value="12"/>""", "valueInteger", "12")]
    [InlineData("""<valueBoolean value="maybe"/>""", "valueBoolean", "\"maybe\"")]
    public void Odd_values_pass_as_they_are_for_the_reader_to_report(string element, string member, string expected)
    {
        Assert.True(Read(Observation.Replace("{0}", element, StringComparison.Ordinal), out var json, out _));
        Assert.Equal(expected, json![member]!.ToJsonString());
    }

    [Theory, Trait("promise", "M-442")]
    [InlineData("""<surprise value="SECRET"/>""")]
    [InlineData("""<valueFoo value="SECRET"/>""")]
    [InlineData("""<valueInteger value="1"/><valueString value="SECRET"/>""")]
    [InlineData("""<issued xmlns="" value="SECRET"/>""")]
    [InlineData("""<x:issued xmlns:x="http://example.org" value="SECRET"/>""")]
    [InlineData("SECRET")]
    [InlineData("""<note surprise="SECRET"><text value="a"/></note>""")]
    public void What_would_be_lost_is_refused_by_place_and_not_repeated(string element)
    {
        Assert.False(Read(Observation.Replace("{0}", element, StringComparison.Ordinal), out _, out var failure));
        Assert.Equal(FailureCode.MalformedXml, failure!.Code);
        Assert.DoesNotContain("SECRET", string.Join(' ', failure.Issues.Select(i => i.Text)), StringComparison.Ordinal);
        Assert.DoesNotContain("surprise", string.Join(' ', failure.Issues.Select(i => i.Text)), StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "M-442")]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("{}")]
    [InlineData("""<Nonsense xmlns="http://hl7.org/fhir"><id value="a"/></Nonsense>""")]
    [InlineData("""<Patient><id value="a"/></Patient>""")]
    [InlineData("""<Patient xmlns="http://hl7.org/fhir"><id value="a"/></Patient><Patient xmlns="http://hl7.org/fhir"/>""")]
    [InlineData("""<HumanName xmlns="http://hl7.org/fhir"><family value="a"/></HumanName>""")]
    public void What_is_no_resource_is_refused(string xml)
    {
        Assert.False(Read(xml, out _, out var failure));
        Assert.Equal(FailureCode.MalformedXml, failure!.Code);
        Assert.NotEmpty(failure.Issues);
    }

    [Theory, Trait("promise", "S-28")]
    [InlineData("""<!DOCTYPE Patient [<!ENTITY x SYSTEM "file://{0}">]><Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>""")]
    [InlineData("""<!DOCTYPE Patient [<!ENTITY % x SYSTEM "file://{0}"> %x;]><Patient xmlns="http://hl7.org/fhir"/>""")]
    [InlineData("""<!DOCTYPE Patient SYSTEM "file://{0}"><Patient xmlns="http://hl7.org/fhir"/>""")]
    [InlineData("""<!DOCTYPE Patient PUBLIC "-//x//y" "http://127.0.0.1:9/x.dtd"><Patient xmlns="http://hl7.org/fhir"/>""")]
    [InlineData("""<Patient xmlns="http://hl7.org/fhir"><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{0}" parse="text"/></Patient>""")]
    [InlineData("""<?xml-stylesheet href="file://{0}"?><!DOCTYPE Patient><Patient xmlns="http://hl7.org/fhir"/>""")]
    public void Entities_document_types_and_inclusions_are_refused_and_no_file_is_read(string xml)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "CANARY-7d1f");
            Assert.False(Read(xml.Replace("{0}", file, StringComparison.Ordinal), out _, out var failure));
            Assert.Equal(FailureCode.MalformedXml, failure!.Code);
            string told = string.Join(' ', failure.Issues.Select(i => i.Text));
            Assert.DoesNotContain("CANARY", told, StringComparison.Ordinal);
            Assert.DoesNotContain(file, told, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory, Trait("promise", "S-29")]
    [MemberData(nameof(Bombs))]
    public void Bombs_are_refused_at_once_with_little_memory(string name)
    {
        byte[] bomb = Bomb(name);
        FhirXml.TryRead(bomb, out _, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        Assert.False(FhirXml.TryRead(bomb, out _, out var failure));
        var took = Stopwatch.GetElapsedTime(start);
        Assert.Contains(failure!.Code, (FailureCode[])[FailureCode.MalformedXml, FailureCode.TooManyResources]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
        // 100 ms on an idle machine; the margin is for a busy one.
        Assert.InRange(took.TotalMilliseconds, 0, 1_000);
    }

    public static TheoryData<string> Bombs => ["laughs", "quadratic", "deep", "wide"];

    private static byte[] Bomb(string name) => Encoding.UTF8.GetBytes(name switch
    {
        "laughs" => "<!DOCTYPE x [<!ENTITY a0 \"ha\">" + string.Concat(Enumerable.Range(1, 30).Select(i => $"<!ENTITY a{i} \"&a{i - 1};&a{i - 1};&a{i - 1};\">"))
            + "]><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&a30;\"/></Patient>",
        "quadratic" => $"<!DOCTYPE x [<!ENTITY a \"{new string('a', 100_000)}\">]><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"{string.Concat(Enumerable.Repeat("&a;", 50_000))}\"/></Patient>",
        "deep" => "<Patient xmlns=\"http://hl7.org/fhir\">" + string.Concat(Enumerable.Repeat("<extension>", 100_000)),
        _ => "<Patient xmlns=\"http://hl7.org/fhir\">" + string.Concat(Enumerable.Repeat("<name/>", XmlInput.MaxElements + 1)) + "</Patient>",
    });

    [Fact, Trait("promise", "S-30")]
    public void Thirty_nested_extensions_are_read_and_a_hundred_refused()
    {
        Assert.True(Read(Nested(30), out _, out var failure), failure?.Issues[0].Text);
        Assert.False(Read(Nested(100), out _, out _));

        static string Nested(int depth) => "<Patient xmlns=\"http://hl7.org/fhir\">"
            + string.Concat(Enumerable.Repeat("<extension url=\"http://example.org/x\">", depth)) + "<valueString value=\"a\"/>" + string.Concat(Enumerable.Repeat("</extension>", depth)) + "</Patient>";
    }

    [Theory, Trait("promise", "S-35")]
    [InlineData("invalid")]
    [InlineData("utf-16")]
    [InlineData("nul")]
    [InlineData("nul-reference")]
    [InlineData("surrogate-reference")]
    [InlineData("latin")]
    public void Text_that_is_not_clean_UTF_8_is_refused(string kind)
    {
        const string Xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"a\"/><name><family value=\"Mx\"/></name></Patient>";
        byte[] utf8 = Encoding.UTF8.GetBytes(Xml);
        int at = Xml.IndexOf('M', StringComparison.Ordinal);
        byte[] bytes = kind switch
        {
            "invalid" => [.. utf8[..at], 0xC3, 0x28, .. utf8[(at + 1)..]],
            "latin" => [.. utf8[..at], 0xFC, .. utf8[(at + 1)..]],
            "nul" => [.. utf8[..at], 0, .. utf8[(at + 1)..]],
            "nul-reference" => Encoding.UTF8.GetBytes(Xml.Replace("Mx", "&#0;", StringComparison.Ordinal)),
            "surrogate-reference" => Encoding.UTF8.GetBytes(Xml.Replace("Mx", "&#xD800;", StringComparison.Ordinal)),
            _ => [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Xml)],
        };
        Assert.False(FhirXml.TryRead(bytes, out _, out var failure));
        Assert.Equal(FailureCode.MalformedXml, failure!.Code);
        Assert.True(FhirXml.TryRead(utf8, out _, out _));
        // XML, unlike JSON, allows the mark.
        Assert.True(FhirXml.TryRead((byte[])[0xEF, 0xBB, 0xBF, .. utf8], out _, out _));
    }

    private static bool Read(string xml, out JsonObject? json, out Failure? failure)
    {
        bool read = FhirXml.TryRead(Encoding.UTF8.GetBytes(xml), out byte[]? bytes, out failure);
        json = read ? JsonNode.Parse(bytes)!.AsObject() : null;
        return read;
    }
}
