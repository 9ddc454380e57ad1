using System.Net;
using System.Net.Http.Headers;
using Hl7.Fhir.Model;
using Hl7.Fhir.Rest;
using Task = System.Threading.Tasks.Task;

namespace MedAI.Fhir.Tests.EndToEnd;

/// <summary>Firely's own client uses the server as it finds it, in both forms of FHIR.</summary>
public sealed class FirelyClientTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private static readonly string[] Patients = ["demo-deteriorating", "demo-recovering", "demo-stable"];

    private FhirClient Client(ResourceFormat format) => new(demo.Server.FhirBase, new FhirClientSettings { PreferredFormat = format, VerifyFhirVersion = true });

    [Theory, Trait("promise", "M-571")]
    [InlineData(ResourceFormat.Json)]
    [InlineData(ResourceFormat.Xml)]
    public async Task Metadata_leads_to_an_operation_whose_result_is_read_back(ResourceFormat format)
    {
        using var client = Client(format);
        var statement = await client.CapabilityStatementAsync(ct: TestContext.Current.CancellationToken);
        string definition = statement!.Rest[0].Resource.Single(r => r.Type == "Patient").Operation.Single(o => o.Name == "assess-risk").Definition!;
        var operation = await client.ReadAsync<OperationDefinition>(definition, ct: TestContext.Current.CancellationToken);
        Assert.Equal("assess-risk", operation!.Code);

        var risk = Assert.IsType<RiskAssessment>(await client.InstanceOperationAsync(new Uri("Patient/demo-stable", UriKind.Relative), operation.Code!, new Parameters(), ct: TestContext.Current.CancellationToken));
        var read = await client.ReadAsync<RiskAssessment>("RiskAssessment/" + risk.Id, ct: TestContext.Current.CancellationToken);
        Assert.True(risk.IsExactly(read!));
        var version = await client.ReadAsync<RiskAssessment>($"RiskAssessment/{risk.Id}/_history/1", ct: TestContext.Current.CancellationToken);
        Assert.Equal("1", version!.Meta!.VersionId);
        var history = await client.HistoryAsync("RiskAssessment/" + risk.Id, ct: TestContext.Current.CancellationToken);
        Assert.Equal((Bundle.BundleType.History, risk.Id), (history!.Type, history.Entry[0].Resource!.Id));
    }

    [Theory, Trait("promise", "M-571")]
    [InlineData(ResourceFormat.Json)]
    [InlineData(ResourceFormat.Xml)]
    public async Task Searches_are_paged_to_their_end(ResourceFormat format)
    {
        using var client = Client(format);
        foreach (string patient in Patients)
            await client.InstanceOperationAsync(new Uri("Patient/" + patient, UriKind.Relative), "assess-risk", new Parameters(), ct: TestContext.Current.CancellationToken);
        var seen = new List<string>();
        var page = await client.SearchAsync<RiskAssessment>(pageSize: 1, ct: TestContext.Current.CancellationToken);
        int total = page!.Total!.Value;
        for (; page is not null; page = await client.ContinueAsync(page, ct: TestContext.Current.CancellationToken))
            seen.AddRange(page.Entry.Select(e => e.Resource!.Id!));
        Assert.Equal(total, seen.Distinct(StringComparer.Ordinal).Count());
        Assert.True(total >= Patients.Length);
        var posted = await client.SearchUsingPostAsync<RiskAssessment>(["patient=demo-stable"], ct: TestContext.Current.CancellationToken);
        Assert.All(posted!.Entry, e => Assert.Equal("Patient/demo-stable", ((RiskAssessment)e.Resource!).Subject!.Reference));
        Assert.NotEmpty(posted.Entry);
    }

    [Fact, Trait("promise", "M-571")]
    public async Task Operation_that_is_answered_later_is_fetched_where_it_says()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, demo.Server.FhirBase + "/Patient/demo-recovering/$assess-risk");
        request.Headers.TryAddWithoutValidation("Prefer", "respond-async");
        request.Content = new StringContent("""{"resourceType":"Parameters"}""", new MediaTypeHeaderValue("application/fhir+json"));
        using var accepted = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using var client = Client(ResourceFormat.Json);
        for (int i = 0; i < 60; i++)
        {
            await Task.Delay(1100, TestContext.Current.CancellationToken);
            if (await client.GetAsync(accepted.Content.Headers.ContentLocation!, ct: TestContext.Current.CancellationToken) is Bundle result)
            {
                Assert.Equal(Bundle.BundleType.BatchResponse, result.Type);
                Assert.IsType<RiskAssessment>(result.Entry[0].Resource);
                return;
            }
        }
        Assert.Fail("It was never answered.");
    }

    [Fact, Trait("promise", "M-571")]
    public async Task Refusals_are_OperationOutcomes()
    {
        using var client = Client(ResourceFormat.Xml);
        var unknown = await Assert.ThrowsAsync<FhirOperationException>(() => client.SearchAsync<RiskAssessment>(["favourite-colour=blue"], ct: TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.BadRequest, unknown.Status);
        var abstained = await Assert.ThrowsAsync<FhirOperationException>(() => client.InstanceOperationAsync(new Uri("Patient/demo-child", UriKind.Relative), "assess-risk", new Parameters(), ct: TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (abstained.Status, abstained.Outcome!.Issue.Count > 0));
    }
}
