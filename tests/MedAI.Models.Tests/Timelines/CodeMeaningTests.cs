using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Timelines;

/// <summary>What a code means depends on specimen, site, method and category.</summary>
public sealed class CodeMeaningTests
{
    [Theory]
    [InlineData("8480-6", MeasurementContext.InvasiveMethod, "SysABP", MeasurementFlags.None)]
    [InlineData("8480-6", MeasurementContext.CuffMethod, "NISysABP", MeasurementFlags.None)]
    [InlineData("8480-6", MeasurementContext.None, "NISysABP", MeasurementFlags.MethodAssumed)]
    [InlineData("8480-6", MeasurementContext.VitalSignsCategory, "NISysABP", MeasurementFlags.MethodAssumed)]
    [InlineData("8462-4", MeasurementContext.None, "NIDiasABP", MeasurementFlags.MethodAssumed)]
    [InlineData("8478-0", MeasurementContext.InvasiveMethod, "MAP", MeasurementFlags.None)]
    [InlineData("76534-7", MeasurementContext.None, "NISysABP", MeasurementFlags.None)]
    [InlineData("76215-3", MeasurementContext.None, "SysABP", MeasurementFlags.None)]
    public void Pressure_belongs_to_the_line_or_the_cuff(string loinc, MeasurementContext context, string variable, MeasurementFlags flags)
    {
        var measurement = new Stay().Add(loinc, 90, "mm[Hg]", 1, context).Single();

        Assert.Equal(variable, measurement.Variable.Id);
        Assert.Equal(flags, measurement.Flags);
    }

    [Theory]
    [InlineData("2708-6", MeasurementContext.LaboratoryCategory, MeasurementFlags.None)]
    [InlineData("2708-6", MeasurementContext.ArterialSpecimen, MeasurementFlags.None)]
    [InlineData("2708-6", MeasurementContext.ArterialSpecimen | MeasurementContext.VitalSignsCategory, MeasurementFlags.None)]
    [InlineData("2708-6", MeasurementContext.VitalSignsCategory, MeasurementFlags.PulseOximetry)]
    [InlineData("2708-6", MeasurementContext.PulseOximetryCoding, MeasurementFlags.PulseOximetry)]
    [InlineData("2708-6", MeasurementContext.None, MeasurementFlags.MethodAssumed)]
    [InlineData("59408-5", MeasurementContext.None, MeasurementFlags.PulseOximetry)]
    [InlineData("20564-1", MeasurementContext.None, MeasurementFlags.None)]
    public void Saturation_says_whether_it_is_arterial_or_of_the_finger(string loinc, MeasurementContext context, MeasurementFlags flags) =>
        Assert.Equal(flags, new Stay().Add(loinc, 95, "%", 1, context).Single().Flags);

    [Fact]
    public void Saturation_with_both_codings_on_one_observation_counts_once()
    {
        var raw = Stay.Raw("2708-6", 95, "%", 1, context: MeasurementContext.PulseOximetryCoding | MeasurementContext.VitalSignsCategory);
        raw = raw with { Codes = [.. raw.Codes, .. Stay.Table.FindCodes(TestManifest.Loinc, "59408-5")] };

        var measurement = new Stay().Add(raw).Single();

        Assert.Equal(MeasurementFlags.PulseOximetry, measurement.Flags);
    }

    [Theory]
    [InlineData("2703-7", MeasurementContext.VenousSpecimen)]
    [InlineData("11556-8", MeasurementContext.VenousSpecimen)]
    [InlineData("11556-8", MeasurementContext.CapillarySpecimen)]
    [InlineData("11556-8", MeasurementContext.None)]
    [InlineData("2708-6", MeasurementContext.VenousSpecimen | MeasurementContext.LaboratoryCategory)]
    public void Blood_of_the_wrong_vessel_is_refused(string loinc, MeasurementContext context)
    {
        var rejection = new Stay().Add(loinc, 80, loinc == "2708-6" ? "%" : "mm[Hg]", 1, context).SingleRejection();

        Assert.Equal(RejectionReason.WrongSpecimen, rejection.Reason);
    }

    [Theory]
    [InlineData("2703-7", MeasurementContext.None)]
    [InlineData("2703-7", MeasurementContext.ArterialSpecimen)]
    [InlineData("11556-8", MeasurementContext.ArterialSpecimen)]
    public void Arterial_blood_is_accepted(string loinc, MeasurementContext context) =>
        Assert.Equal("PaO2", new Stay().Add(loinc, 80, "mm[Hg]", 1, context).Single().Variable.Id);

    [Theory, Trait("promise", "M-630")]
    [InlineData("2703-7", "mm[Hg]", MeasurementFlags.SpecimenUnknown)]
    [InlineData("2345-7", "mg/dL", MeasurementFlags.None)]
    public void Specimen_that_is_not_known_is_told_where_it_matters(string loinc, string unit, MeasurementFlags flags) =>
        Assert.Equal(flags, new Stay().Add(loinc, 90, unit, 1, MeasurementContext.SpecimenUnknown).Single().Flags & MeasurementFlags.SpecimenUnknown);

    [Fact]
    public void Generic_code_that_means_no_variable_under_this_method_is_reported()
    {
        var table = new VariableTable(TestManifest.Create("SysABP", "HR"));

        var rejection = new Stay(table: table).Add("8480-6", 120, "mm[Hg]", 1, MeasurementContext.CuffMethod).SingleRejection();

        Assert.Equal(RejectionReason.NotComparable, rejection.Reason);
    }

    [Fact]
    public void High_sensitivity_assay_is_flagged() =>
        Assert.Equal(MeasurementFlags.HighSensitivityAssay | MeasurementFlags.Converted, new Stay().Add("89579-7", 40, "ng/L", 1).Single().Flags);

    [Fact]
    public void Code_that_the_model_does_not_use_is_only_counted()
    {
        var stay = new Stay().Add("0000-0", 1, "mg/dL", 1).Add("0000-0", 1, "mg/dL", 2);
        stay.Builder.CountUnused(3);

        var quality = stay.Build().Quality;

        Assert.Equal(5, quality.NotForThisModel);
        Assert.Empty(quality.Rejected);
        Assert.Equal(0, quality.Used);
    }
}
