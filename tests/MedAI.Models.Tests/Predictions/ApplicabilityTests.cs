using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Tests.Timelines;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Predictions;

public sealed class ApplicabilityTests : IAsyncLifetime
{
    private static readonly ModelManifest s_manifest = TestManifest.Create();
    private readonly TinyModel _tiny = new(s_manifest with { Population = new ManifestPopulation { MinimumAgeYears = 16, MaximumAgeYears = 89, Settings = ["icu"] } });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _tiny.DisposeAsync();

    private static AbstentionKind[] Kinds(Abstention? abstention) => [.. (abstention?.Reasons ?? []).Select(r => r.Kind)];

    [Fact]
    public void Stay_of_the_models_own_kind_is_not_refused() => Assert.Null(_tiny.Abstains(_tiny.Stay()));

    [Fact, Trait("promise", "S-42")]
    public void Unknown_time_zero_abstains()
    {
        Stay stay = _tiny.Stay();
        stay.Builder.Stay = null;
        Assert.Equal([AbstentionKind.TimeZeroUnknown], Kinds(_tiny.Abstains(stay)));
    }

    [Theory, Trait("promise", "S-42")]
    [InlineData(5.99, true)]
    [InlineData(6, false)]
    [InlineData(48, false)]
    [InlineData(48.01, true)]
    [InlineData(260, true)]
    public void Score_outside_the_window_abstains(double hours, bool abstains)
    {
        Assert.Equal(abstains ? [AbstentionKind.OutsideWindow] : [], Kinds(_tiny.Abstains(_tiny.Stay(hours))));
    }

    [Fact, Trait("promise", "S-42")]
    public void Stay_that_begins_after_as_of_abstains()
    {
        Stay stay = _tiny.Stay();
        stay.Builder.Stay = stay.Builder.Stay! with { Start = stay.Builder.AsOf.AddHours(3) };
        Assert.Equal([AbstentionKind.OutsideWindow], Kinds(_tiny.Abstains(stay)));
    }

    [Fact, Trait("promise", "S-42")]
    public void Ended_encounter_abstains()
    {
        Stay stay = _tiny.Stay();
        stay.Builder.Stay = stay.Builder.Stay! with { EncounterEnded = true };
        Assert.Equal([AbstentionKind.EncounterEnded], Kinds(_tiny.Abstains(stay)));
    }

    [Fact, Trait("promise", "S-42")]
    public void Patient_who_left_intensive_care_abstains()
    {
        Stay stay = _tiny.Stay();
        stay.Builder.Stay = stay.Builder.Stay! with { End = stay.Builder.AsOf.AddHours(-1) };
        Assert.Equal([AbstentionKind.OutsideSetting], Kinds(_tiny.Abstains(stay)));
        stay.Builder.Stay = stay.Builder.Stay with { End = stay.Builder.AsOf.AddHours(1) };
        Assert.Null(_tiny.Abstains(stay));
    }

    [Fact, Trait("promise", "S-42")]
    public void Deceased_patient_abstains()
    {
        Stay stay = _tiny.Stay();
        stay.Builder.Patient = stay.Builder.Patient with { Deceased = true };
        Assert.Equal([AbstentionKind.Deceased], Kinds(_tiny.Abstains(stay)));
    }

    [Theory, Trait("promise", "S-42")]
    [InlineData("2134-03-02", AbstentionKind.AgeOutsidePopulation)]
    [InlineData("2134-03-01", null)]
    [InlineData("2060-03-02", null)]
    [InlineData("2060-03-01", AbstentionKind.AgeOutsidePopulation)]
    [InlineData("2160-01-01", AbstentionKind.AgeOutsidePopulation)]
    [InlineData(null, AbstentionKind.AgeUnknown)]
    public void Age_in_completed_years_at_time_zero_decides(string? born, AbstentionKind? reason)
    {
        // As-of is a day later: who has the birthday in between was younger at time zero.
        Stay stay = _tiny.Stay(30);
        stay.Builder.Patient = stay.Builder.Patient with { BirthDate = born is null ? null : DateOnly.Parse(born) };
        Abstention? abstention = _tiny.Abstains(stay);
        Assert.Equal(reason is { } r ? [r] : [], Kinds(abstention));
        if (abstention is not null)
            Assert.Contains("16 to 89", abstention.Reasons[0].Text);
    }

    [Fact, Trait("promise", "S-42")]
    public async Task Sex_that_the_model_was_not_made_for_abstains()
    {
        await using var men = new TinyModel(s_manifest with { Population = s_manifest.Population with { Sexes = ["male"] } });
        Stay stay = men.Stay();
        Assert.Equal([AbstentionKind.SexOutsidePopulation], Kinds(men.Abstains(stay)));
        stay.Builder.Patient = stay.Builder.Patient with { Sex = Sex.Unknown };
        Assert.Equal([AbstentionKind.SexOutsidePopulation], Kinds(men.Abstains(stay)));
        stay.Builder.Patient = stay.Builder.Patient with { Sex = Sex.Male };
        Assert.Null(men.Abstains(stay));
    }

    [Fact, Trait("promise", "S-42")]
    public void Reasons_about_the_patient_come_together_and_hide_those_about_data()
    {
        Stay stay = _tiny.Empty();
        stay.Builder.Patient = new PatientFacts(new DateOnly(2145, 1, 1), Sex.Male, true);
        Abstention abstention = _tiny.Abstains(stay)!;
        Assert.Equal([AbstentionKind.Deceased, AbstentionKind.AgeOutsidePopulation], Kinds(abstention));
        Assert.False(abstention.EligibleButTooLittleData);
    }

    [Fact, Trait("promise", "S-40")]
    public void Too_few_variables_abstain_and_name_what_is_missing()
    {
        Abstention abstention = _tiny.Abstains(_tiny.Empty().Add("8867-4", 92, "/min", 10).Add("8867-4", 93, "/min", 11))!;
        AbstentionReason reason = Assert.Single(abstention.Reasons);
        Assert.Equal(AbstentionKind.NotEnoughData, reason.Kind);
        Assert.StartsWith("Only 1 of at least 3", reason.Text);
        Assert.Contains("Temperature", reason.Missing!);
        Assert.DoesNotContain("Heart rate", reason.Missing!);
        Assert.True(abstention.EligibleButTooLittleData);
    }

    [Fact, Trait("promise", "S-40")]
    public void Missing_group_abstains_and_names_it()
    {
        Abstention abstention = _tiny.Abstains(_tiny.Empty().Add("2823-3", 4.5, "mmol/L", 9).Add("8310-5", 38.2, "Cel", 10).Add("2160-0", 1.2, "mg/dL", 9))!;
        Assert.Equal(["a vital sign"], Assert.Single(abstention.Reasons).Missing!);
    }

    [Fact, Trait("promise", "S-40")]
    public void Values_from_before_the_stay_are_no_data()
    {
        Abstention abstention = _tiny.Abstains(_tiny.Empty().Add("8867-4", 92, "/min", -1).Add("2823-3", 4.5, "mmol/L", -2).Add("8310-5", 38.2, "Cel", -3))!;
        Assert.Contains(abstention.Reasons, r => r.Text.StartsWith("Only 0", StringComparison.Ordinal));
    }

    [Theory, Trait("promise", "S-40")]
    [InlineData(17.9, false)]
    [InlineData(18.1, true)]
    public void Old_data_abstain_as_stale(double hours, bool stale)
    {
        Stay stay = _tiny.Empty(hours).Add("8867-4", 92, "/min", 6).Add("2823-3", 4.5, "mmol/L", 5).Add("8310-5", 38.2, "Cel", 4);
        Abstention? abstention = _tiny.Abstains(stay);
        Assert.Equal(stale ? [AbstentionKind.StaleData] : [], Kinds(abstention));
        if (stale)
            Assert.True(abstention!.EligibleButTooLittleData);
    }

    [Fact, Trait("promise", "S-40")]
    public async Task Ongoing_ventilation_does_not_make_old_data_fresh()
    {
        await using var vent = new TinyModel(s_manifest);
        Stay stay = vent.Empty(20).Add("8867-4", 92, "/min", 6).Add("2823-3", 4.5, "mmol/L", 5).Add("8310-5", 38.2, "Cel", 4).Add("20124-4", 1, null, 19.5);
        stay.Builder.AddState(vent.Model.Variables.Find("MechVent")!, Stay.TimeZero, null, new SourceReference("Procedure/1"));
        Assert.Equal([AbstentionKind.StaleData], Kinds(vent.Abstains(stay)));
    }

    [Fact, Trait("promise", "S-40")]
    public async Task Required_variables_abstain_by_name()
    {
        await using var strict = new TinyModel(s_manifest with
        {
            Variables = [.. s_manifest.Variables.Select(v => v.Id is "Creatinine" or "Weight" ? v with { Required = true } : v)],
        });
        AbstentionReason reason = Assert.Single(strict.Abstains(strict.Stay())!.Reasons);
        Assert.Equal(["Creatinine", "Weight"], reason.Missing!);
        Assert.Null(strict.Abstains(strict.Stay().Add("2160-0", 1.2, "mg/dL", 9).Add("29463-7", 81, "kg", 1)));
    }

    [Fact]
    public void Timeline_of_another_model_is_a_bug() => Assert.Throws<ArgumentException>(() => _tiny.Model.Prepare(new Stay().Build()));
}
