using System.Globalization;
using System.Net;
using MedAI.Fhir.Tests.Store.Search;
using static MedAI.Fhir.Tests.Store.Search.SearchedServer;

namespace MedAI.Fhir.Tests.Store;

[Trait("promise", "M-480")]
public abstract class HistoryTests(SearchedServer fixture)
{
    private MedAIServer Server => fixture.Server;

    private async Task<string> ReportAsync(int versions)
    {
        string id = $"h{versions}-{Guid.CreateVersion7():N}";
        for (int i = 1; i <= versions; i++)
        {
            var write = Resource("DiagnosticReport", id, $$$""" "status":"{{{(i == versions ? "partial" : "registered")}}}","code":{"text":"{{{i}}}"},"subject":{"reference":"{{{Ehr}}}/Patient/p{{{versions}}}"} """);
            await fixture.AddAsync(write with { LastUpdated = Call.SampleTime.AddMinutes(i) });
        }
        return id;
    }

    [Fact]
    public async Task Every_version_is_told_newest_first_with_how_it_came_to_be()
    {
        string id = await ReportAsync(3);
        var answer = (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history")).AssertOk();
        Assert.Equal(("history", 3), (answer.Json.GetProperty("type").GetString(), answer.Json.GetProperty("total").GetInt32()));
        var entries = answer.Json.GetProperty("entry").EnumerateArray().ToArray();
        Assert.Equal(["3", "2", "1"], entries.Select(e => e.GetProperty("resource").GetProperty("meta").GetProperty("versionId").GetString()));
        Assert.Equal([("PUT", $"DiagnosticReport/{id}"), ("PUT", $"DiagnosticReport/{id}"), ("POST", "DiagnosticReport")],
            entries.Select(e => (e.GetProperty("request").GetProperty("method").GetString()!, e.GetProperty("request").GetProperty("url").GetString()!)));
        Assert.Equal(["W/\"3\"", "W/\"2\"", "W/\"1\""], entries.Select(e => e.GetProperty("response").GetProperty("etag").GetString()));
        Assert.All(entries, e => Assert.Equal($"{Server.FhirBase}/DiagnosticReport/{id}", e.GetProperty("fullUrl").GetString()));
        Assert.All(entries, e => Assert.False(e.TryGetProperty("search", out _)));
        // Each is what reading that version gives.
        foreach (var entry in entries)
        {
            string version = entry.GetProperty("resource").GetProperty("meta").GetProperty("versionId").GetString()!;
            Assert.Equal((await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history/{version}")).AssertOk().Text, entry.GetProperty("resource").GetRawText());
        }
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("history:DiagnosticReport", "read", id, "p3"), (row.Trigger, row.Outcome, row.ResultId, row.Patient!.Id));
        Assert.Equal("3", (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history?_summary=count")).AssertOk().Json.GetProperty("total").GetRawText());
        Assert.Equal("application/fhir+xml; charset=utf-8", (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history", "application/fhir+xml")).AssertOk().ContentType);
    }

    [Fact]
    public async Task History_is_paged_and_can_begin_at_an_instant()
    {
        string id = await ReportAsync(7);
        var seen = new List<string>();
        for (string? next = $"/fhir/DiagnosticReport/{id}/_history?_count=3"; next is not null;)
        {
            var page = (await Server.GetAsync(next)).AssertOk().Json;
            Assert.Equal(7, page.GetProperty("total").GetInt32());
            seen.AddRange(page.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource").GetProperty("meta").GetProperty("versionId").GetString()!));
            next = Link(page, "next");
        }
        Assert.Equal(["7", "6", "5", "4", "3", "2", "1"], seen);
        string since = Uri.EscapeDataString(Call.SampleTime.AddMinutes(6).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
        var later = (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history?_since={since}")).AssertOk().Json;
        Assert.Equal(2, later.GetProperty("total").GetInt32());
        Assert.Equal($"{Server.FhirBase}/DiagnosticReport/{id}/_history?_since={since}&_count=20", Link(later, "self"));
        foreach (string query in (string[])["_since=then", "_count=x", "_page=x", "_at=2026", "_count=1&_count=2"])
            (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history?{query}")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Fact]
    public async Task Only_the_current_version_is_found_by_a_search()
    {
        string id = await ReportAsync(2);
        Assert.Empty(await fixture.FindAsync($"DiagnosticReport?_id={id}&status=registered"));
        Assert.Equal([id], await fixture.FindAsync($"DiagnosticReport?_id={id}&status=partial"));
        Assert.Equal("partial", (await Server.GetAsync($"/fhir/DiagnosticReport?_id={id}")).Json.GetProperty("entry")[0].GetProperty("resource").GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_never_was_is_404_and_what_was_deleted_is_410_with_a_history()
    {
        foreach (string path in (string[])["DiagnosticReport/none", "DiagnosticReport/none/_history", "DiagnosticReport/none/_history/1", "Nonsense/x/_history", "Patient/x/_history"])
            (await Server.GetAsync("/fhir/" + path)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        string id = await ReportAsync(2);
        (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history/9")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history/x")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        // No interaction of ours deletes; an operator's tool may.
        fixture.Run($"INSERT INTO resource (type, id, version, last_updated, deleted, json) SELECT type, id, 3, {Call.SampleTime.AddHours(1).ToUnixTimeMilliseconds()}, 1, json FROM resource WHERE id = '{id}' AND version = 2");
        (await Server.GetAsync($"/fhir/DiagnosticReport/{id}")).AssertFailure(HttpStatusCode.Gone, "gone");
        (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history/3")).AssertFailure(HttpStatusCode.Gone, "gone");
        (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history/2")).AssertOk();
        var newest = (await Server.GetAsync($"/fhir/DiagnosticReport/{id}/_history")).AssertOk().Json.GetProperty("entry")[0];
        Assert.Equal("DELETE", newest.GetProperty("request").GetProperty("method").GetString());
        Assert.False(newest.TryGetProperty("resource", out _));
    }

    [Fact, Trait("promise", "M-481")]
    public async Task Client_that_has_the_version_is_told_that_nothing_changed()
    {
        string id = await ReportAsync(1);
        var read = (await Server.GetAsync($"/fhir/DiagnosticReport/{id}")).AssertOk();
        Assert.Equal("W/\"1\"", read.Response.Headers.ETag!.ToString());
        var changed = read.Response.Content.Headers.LastModified!.Value;
        Assert.Equal(HttpStatusCode.NotModified, await Conditional(r => r.Headers.TryAddWithoutValidation("If-None-Match", "W/\"7\", W/\"1\"")));
        Assert.Equal(HttpStatusCode.NotModified, await Conditional(r => r.Headers.TryAddWithoutValidation("If-None-Match", "*")));
        Assert.Equal(HttpStatusCode.OK, await Conditional(r => r.Headers.TryAddWithoutValidation("If-None-Match", "W/\"2\"")));
        Assert.Equal(HttpStatusCode.NotModified, await Conditional(r => r.Headers.IfModifiedSince = changed));
        Assert.Equal(HttpStatusCode.NotModified, await Conditional(r => r.Headers.IfModifiedSince = changed.AddDays(1)));
        Assert.Equal(HttpStatusCode.OK, await Conditional(r => r.Headers.IfModifiedSince = changed.AddSeconds(-1)));
        // The tag decides where both are sent; a time that is none decides nothing.
        Assert.Equal(HttpStatusCode.OK, await Conditional(r => { r.Headers.TryAddWithoutValidation("If-None-Match", "W/\"2\""); r.Headers.IfModifiedSince = changed; }));
        Assert.Equal(HttpStatusCode.OK, await Conditional(r => r.Headers.TryAddWithoutValidation("If-Modified-Since", "yesterday")));

        async Task<HttpStatusCode> Conditional(Action<HttpRequestMessage> change)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/fhir/DiagnosticReport/{id}");
            change(request);
            using var response = await Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }
}

public sealed class SqliteHistoryTests(SearchedServer fixture) : HistoryTests(fixture), IClassFixture<SearchedServer>;

[Trait("promise", "M-486")]
public sealed class PostgresHistoryTests(PostgresSearchedServer fixture) : HistoryTests(fixture), IClassFixture<PostgresSearchedServer>;
