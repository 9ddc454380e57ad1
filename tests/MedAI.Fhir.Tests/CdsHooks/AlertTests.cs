using System.Net;
using MedAI.Fhir.Access;
using MedAI.Fhir.CdsHooks.Alerts;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Store;
using MedAI.Models.Packages;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>The rules on a clock of their own, with the real store.</summary>
public sealed class AlertPolicyTests : IAsyncDisposable
{
    // Bands from 0.1404 and 0.4632, thresholds at 0.3459 and 0.4632.
    private static readonly ModelManifest Manifest = ShippedManifest.Read();

    private readonly StoreFolder _folder = new();
    private readonly MovedClock _clock = new(Call.SampleTime);
    private readonly SqliteResourceStore _store;
    private readonly AlertOptions _options = new()
    {
        SignOffs = [new SignOff { Service = Manifest.Id, Version = Manifest.Version, By = "Dr Example", On = new DateOnly(2026, 3, 1) }],
        CooldownMinutes = 240,
        DeltaPercentagePoints = 10,
    };

    public AlertPolicyTests() => _store = _folder.Open();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<string?> TellAsync(double? probability, string user = "Practitioner/a", string patient = "1", string? encounter = "e", string tenant = "t", string topic = "risk", bool demo = false)
    {
        var policy = new AlertPolicy(Options.Create(_options), Options.Create(new ServerOptions { Demo = demo }), _store, _clock);
        var decision = await policy.DecideAsync(new AlertSubject(Manifest, new PatientKey(tenant, "https://ehr.example.org", patient), encounter, user, topic, probability,
            probability is { } p ? AlertPolicy.LevelOf(Manifest, p) : 0), default);
        if (decision.Shown is { } row)
            await _store.CommitAsync(new StoreTransaction { Alert = row }, default);
        return decision.Withheld;
    }

    [Fact, Trait("promise", "M-387")]
    public async Task Nobody_is_told_twice_within_the_cooldown()
    {
        Assert.Null(await TellAsync(0.38));
        Assert.Equal("cooldown", await TellAsync(0.38));
        _clock.Now += TimeSpan.FromMinutes(239);
        Assert.Equal("cooldown", await TellAsync(0.45));
        // Somebody else, another patient, another stay, another hospital: nothing was said to them yet.
        Assert.Null(await TellAsync(0.38, user: "Practitioner/b"));
        Assert.Null(await TellAsync(0.38, patient: "2"));
        Assert.Null(await TellAsync(0.38, encounter: "f"));
        Assert.Null(await TellAsync(0.38, encounter: null));
        Assert.Null(await TellAsync(0.38, tenant: "u"));
    }

    [Fact, Trait("promise", "M-387")]
    public async Task After_the_cooldown_only_a_risk_that_moved_is_told_again()
    {
        Assert.Null(await TellAsync(0.35));
        _clock.Now += TimeSpan.FromMinutes(240);
        Assert.Equal("unchanged", await TellAsync(0.40));
        Assert.Equal("unchanged", await TellAsync(0.4499));
        Assert.Null(await TellAsync(0.4501));
        // Measured from what was shown, not from what was withheld.
        _clock.Now += TimeSpan.FromHours(5);
        Assert.Equal("unchanged", await TellAsync(0.36));
        Assert.Null(await TellAsync(0.35));
        // Lower by less than the amount, but in a lower band.
        _clock.Now += TimeSpan.FromHours(5);
        Assert.Null(await TellAsync(0.34));
    }

    [Fact, Trait("promise", "M-388")]
    public async Task Rise_to_a_higher_band_or_threshold_is_always_told()
    {
        Assert.Null(await TellAsync(0.46));
        Assert.Null(await TellAsync(0.4633));
        Assert.Equal("cooldown", await TellAsync(0.60));
        Assert.Equal("cooldown", await TellAsync(0.40));
        Assert.Equal("cooldown", await TellAsync(0.4633));
    }

    [Fact, Trait("promise", "M-387")]
    public async Task Missing_data_are_asked_for_again_after_the_cooldown()
    {
        Assert.Null(await TellAsync(null, topic: "missing-data"));
        Assert.Equal("cooldown", await TellAsync(null, topic: "missing-data"));
        Assert.Null(await TellAsync(0.38));
        _clock.Now += TimeSpan.FromMinutes(241);
        Assert.Null(await TellAsync(null, topic: "missing-data"));
    }

    [Fact, Trait("promise", "M-387")]
    public async Task Service_can_have_values_of_its_own()
    {
        _options.Services[Manifest.Id] = new ServiceAlertOptions { CooldownMinutes = 10, DeltaPercentagePoints = 1 };
        Assert.Null(await TellAsync(0.38));
        _clock.Now += TimeSpan.FromMinutes(11);
        Assert.Equal("unchanged", await TellAsync(0.385));
        Assert.Null(await TellAsync(0.391));
    }

    [Fact, Trait("promise", "M-389")]
    public async Task Without_a_signature_for_this_version_a_service_is_silent()
    {
        _options.SignOffs[0].Version = "1.0.0";
        Assert.Equal("silent", await TellAsync(0.9));
        Assert.Null(await TellAsync(0.9, demo: true));
        Assert.Null(await TellAsync(0.9, demo: true));
        _options.SignOffs.Clear();
        Assert.Equal("silent", await TellAsync(0.9));
    }

    [Theory, Trait("promise", "M-389")]
    [InlineData("", "1.0.0", "Dr X", "2026-03-01")]
    [InlineData("icu-mortality", "", "Dr X", "2026-03-01")]
    [InlineData("icu-mortality", "1.0.0", " ", "2026-03-01")]
    [InlineData("icu-mortality", "1.0.0", "Dr X", null)]
    [InlineData("icu-mortality", "1.0.0", "Dr X", "2099-01-01")]
    public async Task Signature_that_does_not_say_who_signs_for_what_stops_the_start(string service, string version, string by, string? on)
    {
        string[] args = ["--Alerts:SignOffs:0:Service", service, "--Alerts:SignOffs:0:Version", version, "--Alerts:SignOffs:0:By", by, .. on is null ? (string[])[] : ["--Alerts:SignOffs:0:On", on]];
        var refused = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync(args));
        Assert.Contains("Alerts:SignOffs:0", refused.Message, StringComparison.Ordinal);
    }
}

/// <summary>The same over HTTP.</summary>
public sealed class AlertTests
{
    [Fact, Trait("promise", "M-389")]
    public async Task New_site_scores_stores_and_audits_and_shows_nothing()
    {
        await using var server = await MedAIServer.StartAsync(null, [], builder => builder.Services.AddSingleton<TimeProvider>(new StandingClock(Call.SampleTime)));
        var answer = (await server.HookAsync(Call.WithPrefetch())).AssertOk();
        Assert.Empty(answer.Cards);
        var row = Assert.Single(await server.AuditAsync(answer));
        Assert.Equal(("prediction", "silent", null), (row.Outcome, row.Reasons, row.Cards));
        Assert.True((await server.GetAsync($"/fhir/RiskAssessment/{row.ResultId}")).AssertOk().Percent > 0);

        // Nor does it ask for data.
        var poor = Call.WithPrefetch();
        foreach (string key in (string[])["observations-vital-signs", "observations-laboratory", "observations-codes"])
            poor["prefetch"]![key] = null;
        answer = (await server.HookAsync(poor)).AssertOk();
        Assert.Empty(answer.Cards);
        row = Assert.Single(await server.AuditAsync(answer));
        Assert.Equal("abstention", row.Outcome);
        Assert.EndsWith(",silent", row.Reasons, StringComparison.Ordinal);
        Assert.Null(row.Cards);
    }

    [Fact, Trait("promise", "M-389")]
    public async Task Signature_stands_in_the_audit_trail_of_every_start()
    {
        await using var server = await Call.ServerAtSampleTime();
        var rows = await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(50, TestContext.Current.CancellationToken);
        var signed = Assert.Single(rows, r => r.Trigger == "sign-off");
        Assert.Equal(("Dr Ada Example, medical director", "icu-mortality", "2.0.0", "2026-03-01"), (signed.User, signed.Service, signed.ModelVersion, signed.Reasons));
    }

    [Fact, Trait("promise", "M-387")]
    public async Task Withheld_card_is_audited_and_its_result_stays_readable()
    {
        var clock = new MovedClock(Call.SampleTime);
        await using var server = await MedAIServer.StartAsync(null, [.. Call.Outspoken("icu-mortality", "2.0.0"), "--Alerts:CooldownMinutes", "60", "--Alerts:DeltaPercentagePoints", "10"],
            builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var first = (await server.HookAsync(Call.WithPrefetch())).AssertOk();
        Assert.Single(first.Cards);
        Assert.Contains("of those,", first.Card.GetProperty("detail").GetString(), StringComparison.Ordinal);

        var second = (await server.HookAsync(Call.WithPrefetch())).AssertOk();
        Assert.Empty(second.Cards);
        var row = Assert.Single(await server.AuditAsync(second));
        Assert.Equal(("prediction", "cooldown", null), (row.Outcome, row.Reasons, row.Cards));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"/fhir/RiskAssessment/{row.ResultId}")).Status);

        var colleague = Call.WithPrefetch();
        colleague["context"]!["userId"] = "Practitioner/colleague";
        Assert.Single((await server.HookAsync(colleague)).AssertOk().Cards);

        clock.Now += TimeSpan.FromMinutes(61);
        var later = (await server.HookAsync(Call.WithPrefetch())).AssertOk();
        Assert.Contains(Assert.Single(await server.AuditAsync(later)).Reasons, (string[])["", "unchanged"]);
        // What was withheld from the eye is not counted as shown.
        Assert.Equal(later.Cards.Length == 0, (await server.AuditAsync(later))[0].Cards is null);
    }
}
