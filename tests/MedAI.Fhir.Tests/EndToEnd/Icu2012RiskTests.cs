using System.Net;
using MedAI.Testing.Icu2012;
using MedAI.Training.Icu2012;

namespace MedAI.Fhir.Tests.EndToEnd;

/// <summary>The risk that a client gets over HTTP is the risk that the trainer gets from the raw file.</summary>
[Trait("promise", "M-81")]
public sealed class Icu2012RiskTests : IClassFixture<ChallengeStays>, IClassFixture<RawRisk>, IClassFixture<PlainServer>
{
    private readonly IReadOnlyList<(IcuStay Stay, int AsOfMinutes)> _stays;
    private readonly RawRisk _raw;
    private readonly MedAIServer _server;

    public Icu2012RiskTests(ChallengeStays stays, RawRisk raw, PlainServer server)
    {
        Assert.SkipWhen(stays.Stays.Count == 0, ChallengeStays.Missing);
        _stays = stays.Stays;
        _raw = raw;
        _server = server.Server;
    }

    [Fact]
    public Task Risk_over_HTTP_equals_the_raw_file_and_the_shipped_model() => Compare(StayVariant.Plain, tolerance: 1e-6);

    [Fact]
    public Task Risk_in_other_units_and_codes_and_any_order_among_noise_and_future_values_hardly_differs() =>
        Compare(new StayVariant { UnitsAndCodes = true, Shuffled = true, Noise = true, FutureValues = true, Seed = 11 }, tolerance: 1e-4);

    [Fact, Trait("promise", "M-82")]
    public Task Values_after_as_of_do_not_change_the_risk() => Compare(new StayVariant { FutureValues = true, Seed = 12 }, tolerance: 1e-6, every: 5);

    [Fact]
    public async Task Stored_risk_is_the_same_as_one_that_was_not_stored()
    {
        foreach (var (stay, minutes) in _stays.Where((_, i) => i % 50 == 0))
        {
            var told = StayToFhir.Convert(stay, minutes);
            var (_, unstored) = await Ask(told, persist: false);
            var (_, stored) = await Ask(told, persist: true);
            Assert.Equal(unstored, stored);
        }
    }

    private async Task Compare(StayVariant variant, double tolerance, int every = 1)
    {
        int compared = 0;
        int abstained = 0;
        double worst = 0;
        foreach (var (stay, minutes) in _stays.Where((_, i) => i % every == 0))
        {
            var (status, risk) = await Ask(StayToFhir.Convert(stay, minutes, variant), persist: false);
            if (status == HttpStatusCode.UnprocessableEntity)
            {
                abstained++;
                continue;
            }
            Assert.Equal(HttpStatusCode.OK, status);
            worst = Math.Max(worst, Math.Abs(risk!.Value - _raw.Of(stay, minutes)));
            compared++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{compared} compared, {abstained} abstained, largest difference {worst:E2}");
        Assert.True(worst <= tolerance, $"The largest difference is {worst:E2}.");
        // If many abstained, agreement of the rest would mean little.
        Assert.True(compared >= 500 / every, $"{abstained} of {compared + abstained} abstained.");
    }

    private async Task<(HttpStatusCode Status, double? Risk)> Ask(FhirStay stay, bool persist)
    {
        var (status, body, response) = await _server.PostAsync("/fhir/$assess-risk", stay.AssessRiskParameters(persist), "application/fhir+json");
        using (body)
        using (response)
        {
            if (status != HttpStatusCode.OK)
                return (status, null);
            Assert.Equal("RiskAssessment", body.RootElement.GetProperty("resourceType").GetString());
            // R4 states a percentage.
            return (status, (double)(body.RootElement.GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetDecimal() / 100));
        }
    }
}

/// <summary>A server without demo patients, for all tests of a class.</summary>
public sealed class PlainServer : IAsyncLifetime
{
    public MedAIServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MedAIServer.StartAsync(Call.Outspoken("icu-mortality", "2.0.0"));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
