using System.Net;

namespace MedAI.Fhir.Tests.Access.Clients;

/// <summary>Two replicas behind one public origin that share a Redis.</summary>
public sealed class ReplicaTests
{
    private const string Public = "https://medai.example.org";
    private const string Services = "/cds-services";

    [Fact, Trait("promise", "M-391"), Trait("promise", "S-07"), Trait("promise", "W5")]
    public async Task Token_works_once_across_replicas_and_nobody_is_let_in_while_Redis_is_away()
    {
        using var redis = await RedisServer.StartAsync();
        using var ehr = new FakeEhr();
        string[] shared = ["--Redis:Configuration", redis.Configuration, "--MedAI:PublicOrigin", Public];
        await using var one = await ehr.ServeAsync(shared);
        await using var two = await ehr.ServeAsync(shared);
        Task<Answer> AskAsync(MedAIServer server, string token) => FakeEhr.SendAsync(server, HttpMethod.Get, Services, token);

        // The audience is the public address, not the one that the replica listens on.
        string token = ehr.Token(Public + Services);
        (await AskAsync(one, token)).AssertOk();
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(two, token)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(one, ehr.Token(one.Origin + Services))).Status);

        string raced = ehr.Token(Public + Services);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => AskAsync(i % 2 == 0 ? one : two, raced)));
        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(49, answers.Count(a => a.Status == HttpStatusCode.Unauthorized));

        redis.Kill();
        var away = await AskAsync(one, ehr.Token(Public + Services));
        away.AssertFailure(HttpStatusCode.ServiceUnavailable, "tokens-unchecked", hook: true);
        Assert.NotNull(away.Response.Headers.RetryAfter);

        await redis.AgainAsync();
        for (int attempt = 0; ; attempt++)
        {
            var back = await AskAsync(one, ehr.Token(Public + Services));
            if (back.Status == HttpStatusCode.OK)
                break;
            Assert.True(attempt < 100, back.Text);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
