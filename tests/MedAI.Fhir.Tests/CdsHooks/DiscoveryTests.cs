using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.CdsHooks;

[Trait("promise", "D1")]
[Trait("promise", "D2")]
[Trait("promise", "D5")]
[Trait("promise", "D6")]
[Trait("promise", "M-70")]
public sealed partial class DiscoveryTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Fact]
    public async Task Discovery_is_the_golden_one()
    {
        var answer = (await demo.Server.GetAsync("/cds-services")).AssertOk();
        Assert.StartsWith("application/json", answer.ContentType, StringComparison.Ordinal);
        Golden.AssertJson("cds-services.json", System.Text.Encoding.UTF8.GetBytes(answer.Text));
    }

    [Trait("promise", "D10")]
    [Fact]
    public async Task Discovery_holds_no_empty_value()
    {
        var answer = await demo.Server.GetAsync("/cds-services");
        NoEmptyValues.Check(answer.Json, "services");
        foreach (var service in answer.Json.GetProperty("services").EnumerateArray())
        {
            foreach (string member in new[] { "hook", "id", "description", "title" })
                Assert.NotEqual("", service.GetProperty(member).GetString());
        }
    }

    [Fact]
    public async Task Templates_keep_to_the_recommended_subset()
    {
        var services = (await demo.Server.GetAsync("/cds-services")).Json.GetProperty("services");
        int checkedTemplates = 0;
        foreach (var template in services.EnumerateArray().SelectMany(s => s.GetProperty("prefetch").EnumerateObject()).Select(p => p.Value.GetString()!))
        {
            checkedTemplates++;
            // Of the tokens of patient-view only the patient is needed; the organisation's hook names the study.
            Assert.All(Token().Matches(template), t => Assert.Contains(t.Value, (string[])["{{context.patientId}}", "{{context.imagingStudyId}}"]));
            Assert.False(Uri.TryCreate(template, UriKind.Absolute, out var uri) && uri.Scheme.StartsWith("http", StringComparison.Ordinal));
            string[] parts = template.Split('?');
            if (parts.Length == 1)
            {
                Assert.Matches("^(Patient/\\{\\{context\\.patientId|ImagingStudy/\\{\\{context\\.imagingStudyId)\\}\\}$", template);
                continue;
            }
            Assert.Matches("^[A-Z][A-Za-z]+$", parts[0]);
            foreach (string pair in parts[1].Split('&'))
                Assert.Contains(pair.Split('=')[0], (string[])["patient", "category", "code", "type", "_sort", "_count"]);
        }
        Assert.Equal(11, checkedTemplates);
    }

    [Trait("promise", "D8")]
    [Fact]
    public async Task Every_listed_service_answers_its_hook()
    {
        foreach (var service in (await demo.Server.GetAsync("/cds-services")).Json.GetProperty("services").EnumerateArray())
        {
            var request = Call.PatientView("demo-stable");
            request["hook"] = service.GetProperty("hook").GetString();
            (await demo.Server.PostTextAsync($"/cds-services/{service.GetProperty("id").GetString()}", request.ToJsonString())).AssertOk();
        }
    }

    [Fact, Trait("promise", "M-381")]
    public async Task Discovery_is_encoded_once_and_known_to_clients_by_its_tag()
    {
        var first = (await demo.Server.GetAsync("/cds-services")).AssertOk();
        string tag = first.Response.Headers.ETag!.ToString();
        var again = await demo.Server.GetAsync("/cds-services", ifNoneMatch: tag);
        Assert.Equal((HttpStatusCode.NotModified, ""), (again.Status, again.Text));
        Assert.Equal(tag, (await demo.Server.GetAsync("/cds-services", ifNoneMatch: "\"other\"")).AssertOk().Response.Headers.ETag!.ToString());
        Assert.All(first.Json.GetProperty("services").EnumerateArray(), s => Assert.Equal("2.0.1", s.GetProperty("version").GetString()));
    }

    [Fact]
    public async Task Discovery_leaves_no_audit_row()
    {
        var answer = await demo.Server.GetAsync("/cds-services");
        Assert.Empty(await demo.Server.AuditAsync(answer));
    }

    [Trait("promise", "V6"), Trait("promise", "C8")]
    [Fact]
    public async Task Unknown_service_is_404() =>
        (await demo.Server.PostTextAsync("/cds-services/no-such", Call.PatientView("demo-stable").ToJsonString()))
            .AssertFailure(HttpStatusCode.NotFound, "unknown-service", hook: true);

    [GeneratedRegex(@"\{\{.*?\}\}")]
    private static partial Regex Token();
}

/// <summary>CDS Hooks forbids null, "", [] and {} but for the lists that it names.</summary>
internal static class NoEmptyValues
{
    public static void Check(JsonElement element, string allowedEmpty, string path = "$")
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.True(element.EnumerateObject().Any(), path);
                foreach (var member in element.EnumerateObject())
                {
                    if (member.Name != allowedEmpty || member.Value.ValueKind != JsonValueKind.Array || member.Value.GetArrayLength() > 0)
                        Check(member.Value, allowedEmpty, $"{path}.{member.Name}");
                }
                break;
            case JsonValueKind.Array:
                Assert.True(element.GetArrayLength() > 0, path);
                foreach (var item in element.EnumerateArray())
                    Check(item, allowedEmpty, path + "[]");
                break;
            case JsonValueKind.String:
                Assert.False(string.IsNullOrEmpty(element.GetString()), path);
                break;
            default:
                Assert.NotEqual(JsonValueKind.Null, element.ValueKind);
                break;
        }
    }
}
