using System.Net;
using MedAI.Fhir.Tests.Operations.Cohorts;

namespace MedAI.Fhir.Tests.Operations.Jobs;

/// <summary>Operations that are answered later, where PostgreSQL keeps them.</summary>
[Trait("promise", "M-593"), Trait("promise", "M-486")]
public sealed class PostgresJobTests(PostgresDemoServer demo) : IClassFixture<PostgresDemoServer>
{
    private MedAIServer Server => demo.Server;

    [Fact]
    public async Task Job_is_promised_answered_and_removed()
    {
        var accepted = await Server.LaterAsync("/fhir/Patient/demo-recovering/$assess-risk");
        Assert.Equal("200", (await Server.ResultAsync(accepted)).StatusOfEntry());
        Assert.Equal(HttpStatusCode.Accepted, (await Server.DeleteAsync(accepted.StatusUrl())).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.GetAsync(new Uri(accepted.StatusUrl()).AbsolutePath)).Status);
    }

    [Fact]
    public async Task Cohort_ends_in_files_with_each_member_in_one_line()
    {
        var lines = await Cohort.LinesAsync(Server.Client, await Server.ResultAsync(await Server.LaterAsync("/fhir/Group/demo-patients/$assess-risk")));
        Assert.Equal(12, lines.Sum(f => f.Value.Length));
        Assert.Equal(12, lines.SelectMany(f => f.Value).Select(Cohort.Subject).Distinct().Count());
    }
}
