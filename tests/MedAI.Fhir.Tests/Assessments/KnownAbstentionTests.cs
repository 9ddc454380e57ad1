using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Store;
using MedAI.Fhir.Tests.Writing;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Assessments;

/// <summary>A chart that is opened again does not fill the store: what was told is kept once, and that it was told each time.</summary>
[Trait("promise", "M-616")]
public sealed class KnownAbstentionTests
{
    private static readonly DateTimeOffset Eight = Call.SampleTime;
    private static readonly WritingExample Example = WritingExample.Create();
    private static readonly PatientKey Patient = new("ehr", "https://ehr.example.org/r4", "p1");

    [Fact]
    public async Task Same_abstention_is_stored_once_in_an_hour_and_audited_each_time()
    {
        var clock = new MovedClock(Eight);
        await using var server = await Call.ServerAtSampleTime(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var record = Call.Parameters("demo-empty");
        var first = await AbstainAsync(server, record);
        clock.Now = Eight.AddMinutes(20);
        var again = await AbstainAsync(server, record);
        Assert.Equal(first.Output, again.Output);
        Assert.Equal(1, Outcomes(server));
        // Who asked and when is each call's own.
        Assert.NotEqual(first.Entry.GetProperty("id").GetString(), again.Entry.GetProperty("id").GetString());
        Assert.Equal(Eight.AddMinutes(20), again.Entry.GetProperty("ended").GetDateTimeOffset());
        Assert.Equal(first.Entry.GetProperty("reasons").GetString(), again.Entry.GetProperty("reasons").GetString());

        // One value more, which no model asks for: the reasons are the same, and what was looked at is not.
        var changed = Call.Parameters("demo-empty");
        changed["parameter"]![0]!["resource"]!["entry"]!.AsArray().Add(JsonNode.Parse("""
            {"resource":{"resourceType":"Observation","id":"local","status":"final","code":{"coding":[{"system":"urn:local","code":"shoe-size"}]},"subject":{"reference":"Patient/demo-empty"},
            "effectiveDateTime":"2026-03-02T07:00:00Z","valueQuantity":{"value":42}}}
            """));
        var other = await AbstainAsync(server, changed);
        Assert.Equal(2, Outcomes(server));
        Assert.NotEqual(first.Output, other.Output);

        // The next hour.
        clock.Now = Eight.AddMinutes(60);
        var later = await AbstainAsync(server, record);
        Assert.Equal(3, Outcomes(server));
        Assert.Equal(clock.Now, later.Entry.GetProperty("output").GetProperty("created").GetDateTimeOffset());
    }

    [Fact]
    public async Task Values_that_have_aged_are_not_the_same()
    {
        var clock = new MovedClock(Eight);
        await using var server = await Call.ServerAtSampleTime(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var first = await AbstainAsync(server, Call.Parameters("demo-sparse"));
        clock.Now = Eight.AddMinutes(20);
        var later = await AbstainAsync(server, Call.Parameters("demo-sparse"));
        static double Age((JsonElement Entry, string Output) told) => told.Entry.GetProperty("output").GetProperty("quality").GetProperty("variables")[0].GetProperty("newestAgeHours").GetDouble();
        Assert.Equal(20 / 60.0, Age(later) - Age(first), 3);
        Assert.Equal(2, Outcomes(server));
    }

    [Fact]
    public async Task As_of_that_was_asked_for_stands_in_the_log_as_it_was_asked()
    {
        await using var server = await Call.ServerAtSampleTime();
        string[] asked = ["2026-03-02T06:10:00Z", "2026-03-02T06:20:00Z", "2026-03-02T06:10:00Z"];
        foreach (string asOf in asked)
        {
            var (entry, _) = await AbstainAsync(server, Call.Parameters("demo-sparse", asOf: asOf));
            Assert.Equal(DateTimeOffset.Parse(asOf, CultureInfo.InvariantCulture), entry.GetProperty("asOf").GetDateTimeOffset());
        }
        Assert.Equal(2, Outcomes(server));
    }

    [Fact]
    public async Task Outcome_stays_as_long_as_an_audit_row_can_refer_to_it()
    {
        await using var server = await Call.ServerAtSampleTime();
        var store = server.App.Services.GetRequiredService<IResourceStore>();
        await AbstainAsync(server, Call.Parameters("demo-sparse"));
        Assert.Equal(1, Outcomes(server));
        // Rows are kept for six months at least, so that the hour is tried by what is older than it.
        var ended = DateTimeOffset.UtcNow.AddYears(-1);
        StoreFolder.Ask(server.DataFolder, $"UPDATE outcome SET recorded = {ended.ToUnixTimeMilliseconds()}");
        await store.CommitAsync(new StoreTransaction { Expire = new Expiry(ended + OutcomeWrite.SharedFor, 100) }, TestContext.Current.CancellationToken);
        Assert.Equal(1, Outcomes(server));
        await store.CommitAsync(new StoreTransaction { Expire = new Expiry(ended + OutcomeWrite.SharedFor + TimeSpan.FromMilliseconds(1), 100) }, TestContext.Current.CancellationToken);
        Assert.Equal(0, Outcomes(server));
    }

    [Fact]
    public void Key_tells_apart_whatever_would_be_stored_and_nothing_else()
    {
        var detail = Detail(Eight, Eight);
        string key = KnownAbstentions.Key(Patient, detail);
        Assert.Matches("^[0-9a-f]{64}$", key);
        Assert.Equal(key, KnownAbstentions.Key(Patient, Detail(Eight.AddMinutes(5), Eight.AddMinutes(5))));
        string[] others =
        [
            KnownAbstentions.Key(Patient with { Tenant = "other" }, detail),
            KnownAbstentions.Key(Patient with { FhirBase = "https://other.example.org/r4" }, detail),
            KnownAbstentions.Key(Patient with { Id = "p2" }, detail),
            KnownAbstentions.Key(Patient, Detail(Eight, Eight.AddMinutes(-5))),
            KnownAbstentions.Key(Patient, detail with { Trigger = "cds-hooks:order-sign" }),
            KnownAbstentions.Key(Patient, detail with { Encounter = "Encounter/other" }),
            KnownAbstentions.Key(Patient, detail with { Model = detail.Model with { Hash = new string('0', 64) } }),
            KnownAbstentions.Key(Patient, detail with { Reasons = [.. detail.Reasons, new AbstentionReasonDetail("x", "X.", null)] }),
            KnownAbstentions.Key(Patient, detail with { Quality = null }),
            KnownAbstentions.Key(Patient, detail with { Inputs = null }),
        ];
        Assert.Equal(others.Length + 1, others.Append(key).Distinct().Count());
    }

    [Fact]
    public void No_more_is_remembered_than_an_hour_and_its_bound()
    {
        var known = new KnownAbstentions();
        for (int i = 0; i <= KnownAbstentions.Most; i++)
            known.Add(i.ToString(CultureInfo.InvariantCulture), Eight, i);
        Assert.Equal(0, known.Find("0", Eight.AddMinutes(59)));
        Assert.Equal(KnownAbstentions.Most - 1, known.Find((KnownAbstentions.Most - 1).ToString(CultureInfo.InvariantCulture), Eight));
        Assert.Null(known.Find(KnownAbstentions.Most.ToString(CultureInfo.InvariantCulture), Eight));
        Assert.Null(known.Find("0", Eight.AddHours(1)));
        // The hour that ended is given up, also for a clock that is set back.
        Assert.Null(known.Find("0", Eight));
        // What was made in one hour and committed in the next is not taken for the next one's.
        known.Add("late", Eight.AddMinutes(59), 7);
        Assert.Null(known.Find("late", Eight.AddHours(1)));
    }

    private static AbstentionDetail Detail(DateTimeOffset created, DateTimeOffset asOf) => AbstentionDetailWriter.Compose(new Abstention
    {
        Model = Example.Model,
        Reasons = [new AbstentionReason(AbstentionKind.NotEnoughData, "Too few variables.", ["Heart rate"])],
        Quality = Example.Stay().Quality,
        AsOf = asOf,
    }, Example.Stay(), Example.Context with { Created = created });

    private static async Task<(JsonElement Entry, string Output)> AbstainAsync(MedAIServer server, JsonNode parameters)
    {
        var answer = await server.AssessAsync(parameters);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        var log = (await server.GetAsync("/inference-log?_count=100")).AssertOk();
        var entry = log.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).Single(e => e.GetProperty("requestId").GetString() == answer.RequestId);
        Assert.Equal("abstention", entry.GetProperty("kind").GetString());
        return (entry, entry.GetProperty("output").GetRawText());
    }

    private static int Outcomes(MedAIServer server) => int.Parse(StoreFolder.Ask(server.DataFolder, "SELECT count(*) FROM outcome")!, CultureInfo.InvariantCulture);
}
