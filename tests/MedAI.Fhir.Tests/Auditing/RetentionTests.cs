using MedAI.Fhir.Auditing;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Auditing;

[Trait("promise", "M-512")]
public sealed class RetentionTests
{
    [Fact]
    public async Task What_has_expired_goes_in_pieces_what_has_not_stays_and_the_removal_is_audited()
    {
        var clock = new MovedClock(new DateTimeOffset(2012, 3, 2, 8, 0, 0, TimeSpan.Zero));
        await using var server = await MedAIServer.StartAsync(null, ["--demo", "--Audit:RetentionDays", "3653", "--Audit:RemovedAtOnce", "100"], builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var trail = server.App.Services.GetRequiredService<IAuditTrail>();
        var retention = server.App.Services.GetRequiredService<AuditRetention>();
        for (int i = 0; i < 130; i++)
            await server.GetAsync("/fhir/Patient/demo-stable");
        var risk = (await server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        await server.PostTextAsync("/fhir/Patient/demo-empty/$assess-risk", "", "");
        int all = (await trail.ReadNewestAsync(10_000, TestContext.Current.CancellationToken)).Count;
        clock.Now = clock.Now.AddDays(3_652);
        var late = (await server.GetAsync("/fhir/Patient/demo-stable")).AssertOk();
        Assert.Equal(0, await retention.RemoveExpiredAsync(TestContext.Current.CancellationToken));
        Assert.Equal(all + 1, (await trail.ReadNewestAsync(10_000, TestContext.Current.CancellationToken)).Count);

        clock.Now = clock.Now.AddDays(2);
        Assert.True(await retention.RemoveExpiredAsync(TestContext.Current.CancellationToken) >= 132);
        var left = await trail.ReadNewestAsync(10_000, TestContext.Current.CancellationToken);
        Assert.Equal(["read:Patient", "retention"], left.Select(r => r.Trigger));
        Assert.Equal(late.RequestId, left[0].RequestId);
        // A result belongs to the patient's record, and its explanation with it.
        (await server.GetAsync("/fhir/RiskAssessment/" + risk.Id)).AssertOk();
        (await server.GetAsync($"/fhir/RiskAssessment/{risk.Id}/$explain")).AssertOk();
        Assert.Equal(0, await retention.RemoveExpiredAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nobody_else_removes_or_changes_a_row_and_six_months_are_the_least()
    {
        var clock = new MovedClock(new DateTimeOffset(2012, 3, 2, 8, 0, 0, TimeSpan.Zero));
        await using var server = await MedAIServer.StartAsync(null, ["--demo"], builder => builder.Services.AddSingleton<TimeProvider>(clock));
        (await server.GetAsync("/fhir/Patient/demo-stable")).AssertOk();
        using var other = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(server.DataFolder, "medai.db"), Pooling = false }.ToString());
        other.Open();
        void Run(string sql)
        {
            using var command = other.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
        Assert.Contains("kept", Assert.Throws<SqliteException>(() => Run("DELETE FROM audit")).Message, StringComparison.Ordinal);
        Assert.Contains("not changed", Assert.Throws<SqliteException>(() => Run("UPDATE audit SET client = 'x'")).Message, StringComparison.Ordinal);
        Assert.Contains("six months", Assert.Throws<SqliteException>(() => Run("UPDATE retention SET until = unixepoch() * 1000 - 180 * 86400000")).Message, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => MedAIServer.StartAsync("--Audit:RetentionDays", "183"));
        Assert.Contains("RetentionDays", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Audit_rows_of_an_earlier_schema_keep_everything_and_are_found_by_their_time()
    {
        using var folder = new StoreFolder();
        string path = Path.Combine(folder.Path, "medai.db");
        using (var old = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()))
        {
            old.Open();
            using var command = old.CreateCommand();
            foreach (string number in (string[])["0001", "0002", "0003", "0004", "0005"])
            {
                using var reader = new StreamReader(typeof(AuditRow).Assembly.GetManifestResourceStream($"MedAI.Fhir.Store.Migrations.{number}.sql")!);
                command.CommandText = reader.ReadToEnd();
                command.ExecuteNonQuery();
            }
            command.CommandText = """
                INSERT INTO audit (id, request_id, started, ended, cause, client, outcome, reasons, status, patient_id, tenant, fhir_base)
                VALUES ('9f1c9f2e-7d53-4b8e-9d7e-6f2a1f0c3b5d', 'r1', 1772438400000, 1772438400123, 'read:RiskAssessment', 'ehr', 'read', '', 200, 'a', 'ehr', 'https://ehr.example.org')
                """;
            command.ExecuteNonQuery();
            using var next = new StreamReader(typeof(AuditRow).Assembly.GetManifestResourceStream("MedAI.Fhir.Store.Migrations.0010.sql")!);
            command.CommandText = next.ReadToEnd();
            command.ExecuteNonQuery();
            command.CommandText = "SELECT id || '|' || client || '|' || ended FROM audit";
            string row = (string)command.ExecuteScalar()!;
            var at = DateTimeOffset.FromUnixTimeMilliseconds(1772438400123);
            Assert.Equal($"{IdSource.OrderedPrefix(at)}-7b8e-9d7e-6f2a1f0c3b5d|ehr|1772438400123", row);
        }
    }
}
