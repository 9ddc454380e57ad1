using System.Text;
using MedAI.Fhir.Access;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using static MedAI.Fhir.Tests.Store.StoreFolder;

namespace MedAI.Fhir.Tests.Store;

/// <summary>Questions to the audit trail, on every database: what each restricts, and what comes with an inference.</summary>
[Trait("promise", "M-593")]
public abstract class AuditQuestionTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly IdSource Ids = new();

    private readonly IStoreUnderTest _folder;

    private protected AuditQuestionTests(IStoreUnderTest folder) => _folder = folder;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A row by minute: ids begin with their time.</summary>
    private static AuditRow At(int minute, string trigger, string outcome, int status, PatientKey? patient = null) => new()
    {
        Id = Ids.NewOrderedId(Noon.AddMinutes(minute)),
        RequestId = $"request-{minute}",
        Started = Noon.AddMinutes(minute),
        Ended = Noon.AddMinutes(minute),
        Trigger = trigger,
        Client = "client-" + (minute % 2),
        Outcome = outcome,
        Status = status,
        Patient = patient,
    };

    private static PatientKey Of(string tenant, string id, string server = "https://ehr.example/fhir") => new(tenant, server, id);

    private static async Task<List<AuditRow>> FillAsync(SqlResourceStore store)
    {
        List<AuditRow> rows =
        [
            At(0, "read:RiskAssessment", "read", 200, Of("north", "p1")) with { ResultType = "RiskAssessment", ResultId = "r1", ResultVersion = 1, User = "Practitioner/7" },
            At(1, "search:RiskAssessment", "read", 200, Of("north", "p1")) with { Query = "RiskAssessment?subject=p1" },
            At(2, "operation:assess-risk", "abstention", 422, Of("south", "p1")) with { ModelId = "icu-mortality" },
            At(3, "operation:assess-risk", "error", 500, Of("south", "p2", "https://other.example/fhir")) with { ModelId = "icu-mortality" },
            At(4, "access", "error", 401),
            At(5, "operation:assess-risk", "prediction", 200, Of("north", "p2")) with { ModelId = "icu-mortality", ResultType = "RiskAssessment", ResultId = "r2" },
            // What a server does by itself is not what anybody asks for.
            At(6, "start", "sign-off", 200),
        ];
        foreach (var row in rows)
            await store.CommitAsync(new StoreTransaction { Audit = row }, None);
        return rows;
    }

    [Fact]
    public async Task Every_restriction_restricts_and_all_together_do()
    {
        await using var store = _folder.Open();
        var rows = await FillAsync(store);
        async Task<string> FoundAsync(AuditQuestion question) => string.Join(',', (await ((IAuditTrail)store).SearchAsync(question, None)).Select(r => rows.FindIndex(x => x.Id == r.Id)));
        var all = new AuditQuestion { Limit = 100 };
        foreach (var (question, found) in new[]
        {
            (all, "5,4,3,2,1,0"),
            (all with { Limit = 2 }, "5,4"),
            (all with { Before = rows[4].Id }, "3,2,1,0"),
            (all with { From = Noon.AddMinutes(2) }, "5,4,3,2"),
            (all with { To = Noon.AddMinutes(2) }, "1,0"),
            (all with { From = Noon.AddMinutes(1), To = Noon.AddMinutes(4), Before = rows[3].Id }, "2,1"),
            // A caller who was not known is everybody's.
            (all with { Tenant = "north" }, "5,4,1,0"),
            (all with { Tenant = "nobody" }, "4"),
            (all with { PatientId = "p1" }, "2,1,0"),
            (all with { PatientId = "p2", FhirBase = "https://other.example/fhir" }, "3"),
            (all with { PatientId = "p1", Tenant = "south", Limit = 1 }, "2"),
            (all with { PatientId = "p1", Before = rows[1].Id }, "0"),
            (all with { Client = "client-1" }, "5,3,1"),
            (all with { User = "Practitioner/7" }, "0"),
            (all with { ResultType = "RiskAssessment" }, "5,0"),
            (all with { ResultId = "r2" }, "5"),
            (all with { ModelId = "icu-mortality" }, "5,3,2"),
            (all with { Outcomes = ["4"] }, "4,2"),
            (all with { Outcomes = ["12", "0"] }, "5,3,1,0"),
            (all with { Outcomes = ["none"] }, ""),
            (all with { Interactions = ["read", "search-type"] }, "1,0"),
            (all with { Interactions = ["operation"], Outcomes = ["0"] }, "5"),
            (all with { Ids = [rows[3].Id, rows[0].Id, "none"] }, "3,0"),
            (all with { Ids = [rows[3].Id], PatientId = "p1" }, ""),
        })
            Assert.Equal((question, found), (question, await FoundAsync(question)));
        Assert.Equal([rows[0]], await ((IAuditTrail)store).SearchAsync(all with { Ids = [rows[0].Id] }, None));
    }

    [Fact]
    public async Task Inference_comes_with_its_outcome_its_resource_and_what_was_said_of_its_cards()
    {
        await using var store = _folder.Open();
        string first = Ids.NewOrderedId(Noon), again = Ids.NewOrderedId(Noon.AddMinutes(1)), refused = Ids.NewOrderedId(Noon.AddMinutes(2));
        await store.CommitAsync(Prediction("r1", "key-1", first), None);
        await store.CommitAsync(new StoreTransaction { Audit = Audit(again, "r1") with { Cards = null, InputHash = "def" } }, None);
        await store.CommitAsync(new StoreTransaction
        {
            Outcome = Prediction("x", "k").Outcome! with { OutcomeId = "o1", Kind = "abstention", IdempotencyKey = null, ResultId = null, Reasons = "too-young", Detail = "{\"inputs\":[]}"u8.ToArray() },
            Audit = Audit(refused, null) with { Outcome = "abstention", Cards = null },
        }, None);
        await store.CommitAsync(new StoreTransaction
        {
            Feedback =
            [
                new FeedbackRow("card-1", "overridden", Noon, "urn:s", "c", "display", "comment", "", Noon.AddMinutes(3)),
                new FeedbackRow("card-1", "accepted", Noon.AddMinutes(1), "", "", "", "", "6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11", Noon.AddMinutes(4)),
            ],
        }, None);

        var records = await store.ReadInferencesAsync(new AuditQuestion { Limit = 10 }, None);
        Assert.Equal([refused, again, first], records.Select(r => r.Audit.Id));
        Assert.Equal(["abstention", "prediction", "prediction"], records.Select(r => r.Kind));
        Assert.Equal(["{\"inputs\":[]}", "{\"detail\":\"r1\"}", "{\"detail\":\"r1\"}"], records.Select(r => Encoding.UTF8.GetString(r.Detail.Span)));
        Assert.Null(records[0].Resource);
        Assert.All(records.Skip(1), r => Assert.Contains("\"id\":\"r1\"", Encoding.UTF8.GetString(r.Resource!.Value.Span), StringComparison.Ordinal));
        Assert.All(records, r => Assert.Equal(Noon, r.AsOf));
        Assert.Equal(["overridden", "accepted"], records[2].Feedback.Select(f => f.Outcome));
        Assert.Equal("comment", records[2].Feedback[0].Comment);
        Assert.Equal([again], (await store.ReadInferencesAsync(new AuditQuestion { Limit = 10, From = Noon.AddMinutes(1), To = Noon.AddMinutes(2) }, None)).Select(r => r.Audit.Id));
        Assert.Equal(3, (await store.ReadInferencesAsync(new AuditQuestion { Limit = 10, PatientId = "p1", ModelId = "icu-mortality" }, None)).Count);
        Assert.Empty(await store.ReadInferencesAsync(new AuditQuestion { Limit = 10, PatientId = "p2" }, None));
    }
}

public sealed class SqliteAuditQuestionTests() : AuditQuestionTests(new StoreFolder());

[Trait("promise", "M-486")]
public sealed class PostgresAuditQuestionTests() : AuditQuestionTests(new PostgresOfTest());
