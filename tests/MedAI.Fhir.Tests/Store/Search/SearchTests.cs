using System.Net;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;
using static MedAI.Fhir.Tests.Store.Search.SearchedServer;

namespace MedAI.Fhir.Tests.Store.Search;

public abstract class SearchTests(SearchedServer fixture)
{
    private MedAIServer Server => fixture.Server;

    [Theory, Trait("promise", "M-472")]
    // Newest first.
    [InlineData("RiskAssessment", "r4 r3 r2 r1")]
    // References: absolute, relative, by id, with type; a version of the reference; a type that is another.
    [InlineData("RiskAssessment?patient=https://ehr.example.org/fhir/Patient/p1", "r2 r1")]
    [InlineData("RiskAssessment?subject=https://ehr.example.org/fhir/Patient/p2", "r4 r3")]
    [InlineData("RiskAssessment?subject:Patient=https://ehr.example.org/fhir/Patient/p2", "r4 r3")]
    [InlineData("RiskAssessment?subject:Group=https://ehr.example.org/fhir/Patient/p2", "")]
    [InlineData("RiskAssessment?patient=https://ehr.example.org/fhir/Group/p2", "")]
    [InlineData("RiskAssessment?patient=p1", "")]
    [InlineData("RiskAssessment?patient=Patient/p1", "")]
    [InlineData("RiskAssessment?encounter=https://ehr.example.org/fhir/Encounter/e-p1", "r2 r1")]
    [InlineData("RiskAssessment?encounter=https://ehr.example.org/fhir/Encounter/e-p1/_history/3", "r2 r1")]
    [InlineData("RiskAssessment?encounter=https://ehr.example.org/fhir/Encounter/e-p1/_history/2", "")]
    [InlineData("RiskAssessment?performer=d9", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?performer=Device/d9", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?performer:Device=d9", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?performer:Practitioner=d9", "")]
    [InlineData("Provenance?target=RiskAssessment/r3", "prov-r3")]
    [InlineData("Provenance?target=r3", "prov-r3")]
    [InlineData("Provenance?target:RiskAssessment=r3", "prov-r3")]
    [InlineData("Provenance?target=RiskAssessment/r3/_history/1", "prov-r3")]
    [InlineData("Provenance?target=RiskAssessment/r3/_history/2", "")]
    [InlineData("Provenance?agent=Device/d9&target=RiskAssessment/r3,RiskAssessment/r1", "prov-r3 prov-r1")]
    // Tokens: with and without system, without code, and none; alternatives; both; escapes.
    [InlineData("RiskAssessment?risk=moderate", "r4 r3")]
    [InlineData("RiskAssessment?risk=http://terminology.hl7.org/CodeSystem/risk-probability|moderate", "r4 r3")]
    [InlineData("RiskAssessment?risk=http://terminology.hl7.org/CodeSystem/risk-probability|", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?risk=|moderate", "")]
    [InlineData("RiskAssessment?risk=Moderate", "")]
    [InlineData("RiskAssessment?risk=high,low", "r2 r1")]
    [InlineData("RiskAssessment?risk=high&risk=low", "")]
    [InlineData("RiskAssessment?risk=moderate&method=icu&_security=s|AIAST", "r4 r3")]
    [InlineData(@"RiskAssessment?identifier=urn:a\,b|x\|y", "r4")]
    [InlineData(@"RiskAssessment?identifier=x\|y", "r4")]
    [InlineData(@"RiskAssessment?identifier=urn:a\,b|", "r4")]
    [InlineData("RiskAssessment?_id=r1,r3", "r3 r1")]
    [InlineData("RiskAssessment?_id=r1&patient=https://ehr.example.org/fhir/Patient/p2", "")]
    [InlineData("RiskAssessment?_profile=https://example.org/p&_id=r1", "r1")]
    [InlineData("RiskAssessment?_profile=https://example.org/", "")]
    [InlineData("Device?status=inactive", "d9")]
    [InlineData("Device?status=http://hl7.org/fhir/device-status|inactive", "d9")]
    // Dates cover what they say: a day, a year, a second, a millisecond.
    [InlineData("RiskAssessment?date=2026-03-01", "r1")]
    [InlineData("RiskAssessment?date=2026", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?date=2026-02", "r3")]
    [InlineData("RiskAssessment?date=2026-03-01T08:00:00Z", "r1")]
    [InlineData("RiskAssessment?date=2026-03-01T09:00:00%2B01:00", "r1")]
    [InlineData("RiskAssessment?date=2026-03-01T09:00:00+01:00", "r1")]
    [InlineData("RiskAssessment?date=2026-03-01T08:00", "r1")]
    [InlineData("RiskAssessment?date=2026-03-01T08:01", "")]
    [InlineData("RiskAssessment?date=ne2026-03-01", "r4 r3 r2")]
    [InlineData("RiskAssessment?date=gt2026-03-01", "r4 r2")]
    [InlineData("RiskAssessment?date=ge2026-03-01", "r4 r2 r1")]
    [InlineData("RiskAssessment?date=lt2026-03-01", "r4 r3")]
    [InlineData("RiskAssessment?date=le2026-03-01", "r4 r3 r1")]
    [InlineData("RiskAssessment?date=sa2026-03-01", "r2")]
    [InlineData("RiskAssessment?date=eb2026-03-01", "r3")]
    [InlineData("RiskAssessment?date=ge2026-03-01&date=lt2026-03-02", "r4 r1")]
    [InlineData("RiskAssessment?date=ap2026-03-01T08:00:00Z", "r4 r1")]
    [InlineData("RiskAssessment?_lastUpdated=2026-03-02&_id=r1", "r1")]
    [InlineData("RiskAssessment?_lastUpdated=lt2026-03-02", "")]
    [InlineData("RiskAssessment?_lastUpdated=ge2026-03-02T08:00:00.000Z&_id=r2", "r2")]
    // Numbers: by their precision, or exactly after a prefix.
    [InlineData("RiskAssessment?probability=51", "r4")]
    [InlineData("RiskAssessment?probability=50", "r3")]
    [InlineData("RiskAssessment?probability=5e1", "r4 r3")]
    [InlineData("RiskAssessment?probability=50.0", "r3")]
    [InlineData("RiskAssessment?probability=0.9", "r1")]
    [InlineData("RiskAssessment?probability=0.90", "")]
    [InlineData("RiskAssessment?probability=gt50", "r4")]
    [InlineData("RiskAssessment?probability=ge50", "r4 r3")]
    [InlineData("RiskAssessment?probability=lt12.5", "r1")]
    [InlineData("RiskAssessment?probability=le12.5", "r2 r1")]
    [InlineData("RiskAssessment?probability=ap55", "r4 r3")]
    [InlineData("RiskAssessment?probability=ne50", "r4 r2 r1")]
    // Texts: from their beginning, without case and accents; anywhere; exactly. Signs of LIKE are text.
    [InlineData("Device?device-name=econometre", "d9")]
    [InlineData("Device?device-name=%C3%89CONO", "d9")]
    [InlineData("Device?device-name=metre", "")]
    [InlineData("Device?device-name:contains=metre", "d9")]
    [InlineData("Device?device-name:exact=%C3%89conom%C3%A8tre%20Gr%C3%B6%C3%9Fe", "d9")]
    [InlineData("Device?device-name:exact=%C3%89conom%C3%A8tre", "")]
    [InlineData("Device?manufacturer=100%20%25", "d9")]
    [InlineData("Device?manufacturer:contains=e_t", "d9")]
    [InlineData("Device?manufacturer:contains=e_ure", "")]
    [InlineData("Device?manufacturer=%25", "")]
    // Order.
    [InlineData("RiskAssessment?_sort=_id", "r1 r2 r3 r4")]
    [InlineData("RiskAssessment?_sort=-_id", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?_sort=date", "r4 r3 r1 r2")]
    [InlineData("RiskAssessment?_sort=-probability", "r4 r3 r2 r1")]
    [InlineData("RiskAssessment?_sort=_lastUpdated,-date", "r4 r2 r1 r3")]
    public async Task Search_finds_exactly(string query, string ids) => Assert.Equal(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries), await fixture.FindAsync(query + (query.StartsWith("Device", StringComparison.Ordinal) && !query.Contains('?', StringComparison.Ordinal) ? "?" : "")));

    [Theory, Trait("promise", "M-621")]
    // By id, relative, with type; absolute of ours and of another server; a version; several; none.
    [InlineData("DiagnosticReport?imaging-study=s1", "read-1")]
    [InlineData("DiagnosticReport?imaging-study=ImagingStudy/s1", "read-1")]
    [InlineData("DiagnosticReport?imaging-study:ImagingStudy=s1", "read-1")]
    [InlineData("DiagnosticReport?imaging-study=[base]/ImagingStudy/s1", "read-1")]
    [InlineData("DiagnosticReport?imaging-study=https://ehr.example.org/fhir/ImagingStudy/s1", "read-3 read-2")]
    [InlineData("DiagnosticReport?imaging-study=https://ehr.example.org/fhir/ImagingStudy/s1/_history/2", "read-3")]
    [InlineData("DiagnosticReport?imaging-study=s1,s2", "read-3 read-1")]
    [InlineData("DiagnosticReport?imaging-study=s2&imaging-study=https://ehr.example.org/fhir/ImagingStudy/s1", "read-3")]
    [InlineData("DiagnosticReport?imaging-study=s2&status=final", "")]
    [InlineData("DiagnosticReport?imaging-study=s3", "")]
    [InlineData("DiagnosticReport?imaging-study=Patient/s1", "")]
    public async Task Reports_are_found_by_the_study_that_was_read(string query, string ids) =>
        Assert.Equal(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries), await fixture.FindAsync(query.Replace("[base]", Server.FhirBase, StringComparison.Ordinal)));

    [Theory, Trait("promise", "M-473")]
    [InlineData("RiskAssessment?status=final")] // R4 has no such parameter.
    [InlineData("RiskAssessment?code=x")]
    [InlineData("RiskAssessment?patient.name=x")]
    [InlineData("RiskAssessment?_has:Provenance:target:agent=x")]
    [InlineData("RiskAssessment?risk:not=high")]
    [InlineData("RiskAssessment?subject:identifier=x")]
    [InlineData("RiskAssessment?date:missing=true")]
    [InlineData("RiskAssessment?_sort=subject")]
    [InlineData("RiskAssessment?_sort=patient")]
    [InlineData("RiskAssessment?_include=*")]
    [InlineData("RiskAssessment?_include=RiskAssessment:basis")]
    [InlineData("RiskAssessment?_include:iterate=RiskAssessment:subject")]
    [InlineData("RiskAssessment?_revinclude=Provenance:agent-role")]
    [InlineData("RiskAssessment?_revinclude=Patient:link")]
    [InlineData("RiskAssessment?_text=x")]
    [InlineData("RiskAssessment?_offset=1")]
    [InlineData("RiskAssessment?x=1")]
    public async Task What_is_not_known_is_refused_or_left_out_when_the_client_is_lenient(string query)
    {
        (await Server.GetAsync("/fhir/" + query)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/fhir/{query}&_id=r1");
        request.Headers.Add("Prefer", "return=representation, handling=lenient");
        var answer = (await Answer.ReadAsync(await Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).AssertOk();
        Assert.Equal(["r1"], Ids(answer.Json));
        Assert.Single(Ids(answer.Json, "outcome"));
        Assert.Equal($"{Server.FhirBase}/RiskAssessment?_id=r1", Link(answer.Json, "self"));
    }

    [Theory, Trait("promise", "M-599")]
    [InlineData("RiskAssessment?code=x", "code")]
    [InlineData("RiskAssessment?patient=p1&patient.name=Testerton", "patient with what follows it")]
    [InlineData("RiskAssessment?_has:Provenance:target:agent=x", "_has with what follows it")]
    [InlineData("RiskAssessment?patient=p1&Testerton=1", "parameter 2")]
    [InlineData("RiskAssessment?Testerton=1&_filter=x&_sort=Testerton", "parameter 1, _filter, _sort")]
    public async Task What_is_not_known_is_named_where_FHIR_names_it_and_otherwise_by_its_place(string query, string named)
    {
        var refused = await Server.GetAsync("/fhir/" + query);
        refused.AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        Assert.StartsWith($"Not known: {named}. ", refused.Json.GetProperty("issue")[0].GetProperty("diagnostics").GetString(), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/fhir/" + query);
        request.Headers.Add("Prefer", "handling=lenient");
        var lenient = (await Answer.ReadAsync(await Server.Client.SendAsync(request, TestContext.Current.CancellationToken))).AssertOk();
        Assert.Equal($"Not known to this search and left out: {named}.",
            lenient.Json.GetProperty("entry").EnumerateArray().Last().GetProperty("resource").GetProperty("issue")[0].GetProperty("diagnostics").GetString());
        foreach (string text in (string[])[refused.Text, lenient.Text])
            Assert.DoesNotContain("Testerton", text, StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "M-473")]
    [InlineData("date=yesterday")]
    [InlineData("date=xx2026")]
    [InlineData("date=2026-13")]
    [InlineData("date=2026-03-01T25:00")]
    [InlineData("date=")]
    [InlineData("probability=many")]
    [InlineData("probability=1e999")]
    [InlineData("probability=1e-99999999999")]
    [InlineData("probability=79228162514264337593543950335")]
    [InlineData("patient=a/b/c")]
    [InlineData("patient=")]
    [InlineData("risk=")]
    [InlineData("risk=|")]
    [InlineData("risk=a|b|c")]
    [InlineData("_count=-1")]
    [InlineData("_count=many")]
    [InlineData("_count=1&_count=2")]
    [InlineData("_total=some")]
    [InlineData("_page=x")]
    [InlineData("_page=%00")]
    [InlineData("_summary=some")]
    public async Task Value_that_is_none_is_refused_whatever_the_client_prefers(string query)
    {
        foreach (string prefer in (string[])["handling=strict", "handling=lenient"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/fhir/RiskAssessment?" + query);
            request.Headers.Add("Prefer", prefer);
            var answer = await Answer.ReadAsync(await Server.Client.SendAsync(request, TestContext.Current.CancellationToken));
            answer.AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
            Assert.DoesNotContain("yesterday", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact, Trait("promise", "M-473")]
    public async Task Too_many_values_are_refused_and_as_many_as_allowed_are_looked_up()
    {
        string Form(int count) => "_id=" + string.Join(',', Enumerable.Range(0, count).Select(i => "x" + i));
        (await Server.PostTextAsync("/fhir/RiskAssessment/_search", Form(501), "application/x-www-form-urlencoded")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await Server.PostTextAsync("/fhir/RiskAssessment/_search", Form(500), "application/x-www-form-urlencoded")).AssertOk();
        (await Server.PostTextAsync("/fhir/RiskAssessment/_search", Form(60_000), "application/x-www-form-urlencoded")).AssertFailure(HttpStatusCode.RequestEntityTooLarge, "body-too-large");
        (await Server.PostTextAsync("/fhir/RiskAssessment/_search", "{}")).AssertFailure(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact, Trait("promise", "M-474")]
    public async Task Posted_search_is_the_same_as_the_one_in_the_address_in_every_form()
    {
        string query = $"patient={Uri.EscapeDataString(Ehr + "/Patient/p1")}&_count=1&_elements=subject";
        var got = (await Server.GetAsync("/fhir/RiskAssessment?" + query)).AssertOk();
        foreach (string path in (string[])["/fhir/RiskAssessment/_search?_count=1&_elements=subject", "/fhir/RiskAssessment/_search"])
        {
            string form = path.Contains('?', StringComparison.Ordinal) ? $"patient={Uri.EscapeDataString(Ehr + "/Patient/p1")}" : query;
            var posted = (await Server.PostTextAsync(path, form, "application/x-www-form-urlencoded")).AssertOk();
            Assert.Equal(Ids(got.Json), Ids(posted.Json));
            Assert.False(posted.Json.GetProperty("entry")[0].GetProperty("resource").TryGetProperty("method", out _));
        }
        var xml = (await Server.PostTextAsync("/fhir/RiskAssessment/_search", "_format=xml&_id=r1", "application/x-www-form-urlencoded")).AssertOk();
        Assert.Equal("application/fhir+xml; charset=utf-8", xml.ContentType);
        Assert.Contains("<fullUrl value=\"" + Server.FhirBase + "/RiskAssessment/r1\"", xml.Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-475")]
    public async Task Match_is_the_stored_resource_under_its_absolute_URL()
    {
        var entry = (await Server.GetAsync("/fhir/RiskAssessment?_id=r1")).AssertOk().Json.GetProperty("entry")[0];
        Assert.Equal($"{Server.FhirBase}/RiskAssessment/r1", entry.GetProperty("fullUrl").GetString());
        Assert.Equal((await Server.GetAsync("/fhir/RiskAssessment/r1")).Text, entry.GetProperty("resource").GetRawText());
    }

    [Fact, Trait("promise", "M-475")]
    public async Task Count_of_nothing_gives_the_total_alone_and_the_total_can_be_left_out()
    {
        foreach (string query in (string[])["_count=0", "_summary=count"])
        {
            var none = (await Server.GetAsync("/fhir/RiskAssessment?" + query)).AssertOk().Json;
            Assert.Equal(4, none.GetProperty("total").GetInt32());
            Assert.False(none.TryGetProperty("entry", out _));
        }
        Assert.Equal(4, (await Server.GetAsync("/fhir/RiskAssessment?_count=1&_total=accurate")).AssertOk().Json.GetProperty("total").GetInt32());
        Assert.False((await Server.GetAsync("/fhir/RiskAssessment?_count=1&_total=none")).AssertOk().Json.TryGetProperty("total", out _));
        var clamped = (await Server.GetAsync("/fhir/RiskAssessment?_count=999999")).AssertOk().Json;
        Assert.Equal($"{Server.FhirBase}/RiskAssessment?_count=1000", Link(clamped, "self"));
    }

    [Fact, Trait("promise", "M-476")]
    public async Task What_matches_refer_to_and_what_refers_to_them_is_brought_along_once()
    {
        var found = (await Server.GetAsync("/fhir/RiskAssessment?_id=r1,r2&_include=RiskAssessment:performer&_include=RiskAssessment:subject&_revinclude=Provenance:target")).AssertOk().Json;
        Assert.Equal(["r2", "r1"], Ids(found));
        Assert.Equal(["d9", "prov-r1", "prov-r2"], Ids(found, "include").Order(StringComparer.Ordinal));
        Assert.Equal(2, found.GetProperty("total").GetInt32());
        // Of one page only what belongs to its matches.
        found = (await Server.GetAsync("/fhir/RiskAssessment?_id=r1,r2&_count=1&_revinclude=Provenance:target:RiskAssessment")).AssertOk().Json;
        Assert.Equal(["prov-r2"], Ids(found, "include"));
        found = (await Server.GetAsync("/fhir/Provenance?_id=prov-r1&_include=Provenance:target:RiskAssessment&_include=Provenance:agent:Practitioner")).AssertOk().Json;
        Assert.Equal(["r1"], Ids(found, "include"));
    }

    [Fact, Trait("promise", "M-477")]
    public async Task Type_that_is_not_searched_is_404()
    {
        foreach (string type in (string[])["Patient", "Binary", "Nonsense", "Group"])
        {
            (await Server.GetAsync("/fhir/" + type)).AssertFailure(HttpStatusCode.NotFound, "not-found");
            (await Server.PostTextAsync($"/fhir/{type}/_search", "", "application/x-www-form-urlencoded")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        }
    }

    [Fact, Trait("promise", "M-478")]
    public async Task Each_patient_of_an_answer_has_a_row_in_the_audit_trail()
    {
        var found = (await Server.GetAsync("/fhir/RiskAssessment")).AssertOk();
        var rows = await Server.AuditAsync(found);
        Assert.Equal(["p1", "p2"], rows.Select(r => r.Patient!.Id).Order(StringComparer.Ordinal));
        Assert.All(rows, r => Assert.Equal(("search:RiskAssessment", "read", 200, Ehr, "default"), (r.Trigger, r.Outcome, r.Status, r.Patient!.FhirBase, r.Patient.Tenant)));
        // What was brought along counts like a match; nothing found is a search all the same.
        Assert.Equal("p1", Assert.Single(await Server.AuditAsync((await Server.GetAsync("/fhir/Provenance?_id=prov-r1&_include=Provenance:target")).AssertOk())).Patient!.Id);
        Assert.Null(Assert.Single(await Server.AuditAsync((await Server.GetAsync("/fhir/RiskAssessment?_id=none")).AssertOk())).Patient);
        Assert.Empty(await Server.AuditAsync((await Server.GetAsync("/fhir/Device")).AssertOk()));
        var read = Assert.Single(await Server.AuditAsync((await Server.GetAsync("/fhir/RiskAssessment/r3")).AssertOk()));
        Assert.Equal(("read:RiskAssessment", "r3", "p2"), (read.Trigger, read.ResultId, read.Patient!.Id));
    }

    [Fact, Trait("promise", "M-478")]
    public async Task Nothing_leaves_when_the_audit_trail_cannot_be_written()
    {
        SwitchedStore? store = null;
        await using var server = await MedAIServer.StartAsync(null, [], builder => builder.Services.AddSingleton<IResourceStore>(p => store = new SwitchedStore(p.GetRequiredService<SqliteResourceStore>())));
        await server.App.Services.GetRequiredService<IResourceStore>().CommitAsync(new StoreTransaction { Resources = [fixture.Risk("r1", "p1", "2026", 1, "low")] }, TestContext.Current.CancellationToken);
        store!.Writes = false;
        foreach (string path in (string[])["RiskAssessment", "RiskAssessment/r1/_history", "RiskAssessment/r1"])
        {
            var answer = await server.GetAsync("/fhir/" + path);
            answer.AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable");
            Assert.DoesNotContain("Patient/p1", answer.Text, StringComparison.Ordinal);
        }
    }
}

public sealed class SqliteSearchTests(SearchedServer fixture) : SearchTests(fixture), IClassFixture<SearchedServer>;

[Trait("promise", "M-486")]
public sealed class PostgresSearchTests(PostgresSearchedServer fixture) : SearchTests(fixture), IClassFixture<PostgresSearchedServer>;
