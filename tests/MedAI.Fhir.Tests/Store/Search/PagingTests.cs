using System.Net;
using static MedAI.Fhir.Tests.Store.Search.SearchedServer;

namespace MedAI.Fhir.Tests.Store.Search;

[Trait("promise", "M-479")]
public abstract class PagingTests(SearchedServer fixture) : IAsyncLifetime
{
    private readonly SearchedServer _fixture = fixture;

    private MedAIServer Server => _fixture.Server;

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        for (int i = 0; i < 23; i++)
            await _fixture.AddAsync(_fixture.Risk($"many-{i:00}", "p7", i % 5 == 0 ? "bad date" : $"2026-01-{1 + (i % 3):00}", i % 4, "low"));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _fixture.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("&_sort=_id")]
    [InlineData("&_sort=-_lastUpdated")]
    [InlineData("&_sort=date,-probability")]
    [InlineData("&_sort=-date")]
    [InlineData("&_sort=probability,date,_id")]
    public async Task Pages_hold_every_match_once_also_while_others_come_in(string sort)
    {
        string query = $"/fhir/RiskAssessment?patient={Uri.EscapeDataString(Ehr + "/Patient/p7")}{sort}";
        string[] whole = Ids((await Server.GetAsync(query + "&_count=100")).AssertOk().Json);
        Assert.Equal(23, whole.Length);
        var seen = new List<string>();
        int pages = 0;
        for (string? next = query + "&_count=5"; next is not null; pages++)
        {
            var page = (await Server.GetAsync(next)).AssertOk().Json;
            seen.AddRange(Ids(page));
            next = Link(page, "next");
            Assert.True(next is null || next.StartsWith(Server.FhirBase + "/RiskAssessment?", StringComparison.Ordinal), next);
            // In front of all, and changed in the middle.
            await _fixture.AddAsync(_fixture.Risk($"new-{pages}", "p7", "2025", 0.01m, "low"));
            await _fixture.AddAsync(_fixture.Risk("many-11", "p7", "2026-01-03", 3, pages % 2 == 0 ? "high" : "low"));
        }
        Assert.Equal(seen.Count, seen.Distinct().Count());
        if (sort.Length == 0)
            Assert.Equal(whole, seen);
        // Where the order is by what changes, the changed one may have gone by; no other may be missing.
        Assert.Empty(whole.Except(seen).Except(["many-11"]));
    }

    [Fact]
    public async Task Page_link_of_another_search_or_of_nobody_is_refused()
    {
        var page = (await Server.GetAsync("/fhir/RiskAssessment?risk=low&_count=2")).AssertOk().Json;
        string token = Link(page, "next")!.Split("_page=")[1];
        (await Server.GetAsync($"/fhir/RiskAssessment?risk=low&_count=7&_page={token}")).AssertOk();
        foreach (string query in (string[])[$"risk=high&_page={token}", $"_page={token}", $"risk=low&_sort=date&_page={token}", $"risk=low&_page={token[..^3]}", $"risk=low&_page=A{token}", $"risk=low&_page={token}&_page={token}"])
            (await Server.GetAsync("/fhir/RiskAssessment?" + query)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await Server.GetAsync($"/fhir/DiagnosticReport?_page={token}")).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }

    [Fact]
    public async Task Last_page_has_no_next_link_and_links_keep_the_shape()
    {
        var page = (await Server.GetAsync("/fhir/RiskAssessment?_id=many-01,many-02&_count=1&_elements=subject&_total=none")).AssertOk().Json;
        string next = Link(page, "next")!;
        Assert.Contains("_elements=subject", next, StringComparison.Ordinal);
        var last = (await Server.GetAsync(next)).AssertOk().Json;
        Assert.Equal(["many-01"], Ids(last));
        Assert.Null(Link(last, "next"));
        Assert.Equal(next, Link(last, "self"));
        Assert.Contains("SUBSETTED", last.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Definitions_are_paged_too()
    {
        var all = (await Server.GetAsync("/fhir/StructureDefinition?_elements=url")).AssertOk().Json;
        var seen = new List<string>();
        for (string? next = "/fhir/StructureDefinition?_count=3&_elements=url"; next is not null;)
        {
            var page = (await Server.GetAsync(next)).AssertOk().Json;
            Assert.InRange(Ids(page).Length, 1, 3);
            Assert.Equal(all.GetProperty("total").GetInt32(), page.GetProperty("total").GetInt32());
            seen.AddRange(Ids(page));
            next = Link(page, "next");
        }
        Assert.Equal(Ids(all), seen);
    }
}

public sealed class SqlitePagingTests() : PagingTests(new SearchedServer());

[Trait("promise", "M-486")]
public sealed class PostgresPagingTests() : PagingTests(new PostgresSearchedServer());
