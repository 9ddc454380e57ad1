using System.Globalization;
using System.Net;

namespace MedAI.Fhir.Tests.Store.Writes;

/// <summary>Two servers that share a PostgreSQL database, and clients that write to both at once.</summary>
[Trait("promise", "M-596")]
public sealed class SharedDatabaseTests(SharedDatabaseTests.Servers servers) : IClassFixture<SharedDatabaseTests.Servers>
{
    private MedAIServer At(int i) => i % 2 == 0 ? servers.One : servers.Other;

    [Fact]
    public async Task Of_many_equal_conditional_creates_one_wins_whichever_server_is_asked()
    {
        for (int round = 0; round < 10; round++)
        {
            string number = $"create-{round}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => At(i).SendAsync("POST", "Patient", Write.Patient(number: number), null, ("If-None-Exist", $"identifier={number}"))));
            var won = Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
            Assert.All(answers.Where(a => a != won), a => Assert.Equal(won.Id, a.AssertOk().Id));
            foreach (int i in (int[])[0, 1])
                Assert.Equal(1, await TotalAsync(At(i), number));
        }
    }

    [Fact]
    public async Task Transactions_that_create_on_a_condition_create_once()
    {
        for (int round = 0; round < 5; round++)
        {
            string number = $"transaction-{round}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => At(i).SendAsync("POST", "", Write.Bundle("transaction",
                Write.Entry("POST", "Patient", Write.Patient(number: number), "urn:uuid:5a0f7e0e-0000-4000-8000-000000000001", ("ifNoneExist", $"identifier={number}")),
                Write.Entry("POST", "Observation", Write.HeartRate("urn:uuid:5a0f7e0e-0000-4000-8000-000000000001", 60 + i))))));
            Assert.Single(answers, a => a.AssertOk().Statuses()[0] == "201");
            Assert.All(answers, a => Assert.Equal("201", a.Statuses()[1]));
            Assert.Equal(1, await TotalAsync(servers.One, number));
        }
    }

    [Fact]
    public async Task Updates_on_a_version_lose_nothing_whichever_server_is_asked()
    {
        string id = (await servers.One.SendAsync("POST", "Observation", Write.HeartRate("Patient/x", 0))).AssertStatus(HttpStatusCode.Created).Id;
        const int Writers = 8, Each = 10;
        // Each adds one to what it read, as often as it takes.
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (int done = 0; done < Each;)
            {
                var read = (await At(writer).SendAsync("GET", $"Observation/{id}")).AssertOk();
                int rate = read.Json.GetProperty("valueQuantity").GetProperty("value").GetInt32();
                var written = await At(writer + done).SendAsync("PUT", $"Observation/{id}", Write.HeartRate("Patient/x", rate + 1, id), null, ("If-Match", read.ETag()));
                if (written.Status == HttpStatusCode.OK)
                    done++;
                else
                    written.AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
            }
        }));
        foreach (int i in (int[])[0, 1])
        {
            var last = (await At(i).SendAsync("GET", $"Observation/{id}")).AssertOk();
            Assert.Equal((Writers * Each, $"W/\"{(Writers * Each) + 1}\""), (last.Json.GetProperty("valueQuantity").GetProperty("value").GetInt32(), last.ETag()));
            Assert.Equal((Writers * Each) + 1, (await At(i).SendAsync("GET", $"Observation/{id}/_history")).AssertOk().Json.GetProperty("total").GetInt32());
        }
    }

    [Fact]
    public async Task Creates_updates_and_deletions_of_all_sorts_at_once_are_each_done_or_refused()
    {
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i => (await At(i).SendAsync("POST", "Patient", Write.Patient(number: $"mixed-{i}"))).AssertStatus(HttpStatusCode.Created).Id));
        var written = await Task.WhenAll(Enumerable.Range(0, 16).Select(async client =>
        {
            var answers = new List<(string What, Answer Answer)>();
            for (int step = 0; step < 12; step++)
            {
                int pick = (client * 7) + (step * 5);
                string number = $"mixed-new-{step}", id = ids[pick % ids.Length];
                answers.Add((pick % 4) switch
                {
                    0 => (number, await At(pick / 4).SendAsync("POST", "Patient", Write.Patient(number: number), null, ("If-None-Exist", $"identifier={number}"))),
                    1 => ("update", await At(pick / 4).SendAsync("PUT", $"Patient/{id}", Write.Patient(id, $"by-{client}-{step}"))),
                    // In one order by one, in the other by the next.
                    2 => ("both", await At(pick / 4).SendAsync("POST", "", Write.Bundle("transaction", [.. (client % 2 == 0 ? ids : ids.Reverse()).Take(3).Select(i => Write.Entry("PUT", $"Patient/{i}", Write.Patient(i, $"both-{client}-{step}")))]))),
                    _ => (number, await At(pick / 4).SendAsync("POST", "", Write.Bundle("transaction",
                        Write.Entry("PUT", $"Patient/{id}", Write.Patient(id, $"with-{client}-{step}")), Write.Entry("POST", "Patient", Write.Patient(number: number), null, ("ifNoneExist", $"identifier={number}"))))),
                });
            }
            return answers;
        }));
        // Nobody is turned away because two servers are in each other's way.
        Assert.All(written.SelectMany(w => w), w => Assert.True((int)w.Answer.Status < 300, $"{w.What}: {w.Answer.Status} {w.Answer.Text}"));
        for (int step = 0; step < 12; step++)
            Assert.InRange(await TotalAsync(servers.Other, $"mixed-new-{step}"), 0, 1);
        foreach (string id in ids)
        {
            int version = int.Parse((await servers.One.SendAsync("GET", $"Patient/{id}")).AssertOk().Json.GetProperty("meta").GetProperty("versionId").GetString()!, CultureInfo.InvariantCulture);
            Assert.Equal(version, (await servers.Other.SendAsync("GET", $"Patient/{id}/_history")).AssertOk().Json.GetProperty("total").GetInt32());
        }
    }

    private static async Task<int> TotalAsync(MedAIServer server, string number) => (await server.SendAsync("GET", $"Patient?identifier={number}")).AssertOk().Json.GetProperty("total").GetInt32();

    /// <summary>The two servers and their database.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        public MedAIServer One { get; private set; } = null!;

        public MedAIServer Other { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            string database = new PostgresOfTest().ConnectionString;
            (One, Other) = (await StartAsync(database), await StartAsync(database));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in (MedAIServer?[])[One, Other])
            {
                if (server is not null)
                    await server.DisposeAsync();
            }
        }

        private static Task<MedAIServer> StartAsync(string database) => Call.ServerAtSampleTime(null, "--Store:AcceptsWrites", "true", "--Store:ConnectionString", database);
    }
}
