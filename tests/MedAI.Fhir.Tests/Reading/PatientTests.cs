using System.Text.Json.Nodes;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class PatientTests
{
    private static PatientTimeline With(Action<JsonObject> change) => ReadAll(null, null, Patient(change), Encounter(), Icu()).Timeline();

    [Fact, Trait("promise", "M-220")]
    public void Age_and_sex_are_read()
    {
        var facts = With(_ => { }).Patient;
        Assert.Equal((new DateOnly(2088, 5, 17), Sex.Female, false), (facts.BirthDate!.Value, facts.Sex, facts.Deceased));
        Assert.Equal(61, facts.AgeAt(Start));
    }

    [Theory, Trait("promise", "M-220")]
    [InlineData("2088", "2088-01-01", ReadingRemarks.BirthDateYearOnly)]
    [InlineData("2088-05", "2088-05-01", ReadingRemarks.BirthDateMonthOnly)]
    [InlineData("2160-01-01", null, ReadingRemarks.BirthDateUnusable)]
    [InlineData("17.05.2088", null, ReadingRemarks.BirthDateUnusable)]
    [InlineData("", null, ReadingRemarks.BirthDateUnusable)]
    public void Partial_or_unusable_birth_date_is_remarked(string birthDate, string? expected, string remark)
    {
        var timeline = With(p => p["birthDate"] = birthDate);
        Assert.Equal(expected is null ? null : DateOnly.Parse(expected), timeline.Patient.BirthDate);
        Assert.Contains(remark, timeline.Quality.Remarks);
    }

    [Theory, Trait("promise", "M-220")]
    [InlineData("male", Sex.Male)]
    [InlineData("other", Sex.Other)]
    [InlineData("unknown", Sex.Unknown)]
    [InlineData("M", Sex.Unknown)]
    public void Gender_is_the_administrative_one(string gender, Sex sex) => Assert.Equal(sex, With(p => p["gender"] = gender).Patient.Sex);

    [Theory, Trait("promise", "S-42")]
    [InlineData("""{"deceasedBoolean":true}""", true)]
    [InlineData("""{"deceasedBoolean":false}""", false)]
    [InlineData("""{"deceasedDateTime":"2150-03-01T20:00:00Z"}""", true)]
    [InlineData("""{"deceasedDateTime":"2150-03-05T20:00:00Z"}""", false)]
    [InlineData("""{"deceasedDateTime":"2150-03-01"}""", true)]
    [InlineData("""{"deceasedDateTime":"2150-03-03"}""", false)]
    [InlineData("""{"deceasedDateTime":"in March"}""", true)]
    public void Deceased_is_judged_as_of_as_of(string members, bool deceased) => Assert.Equal(deceased, With(p =>
    {
        foreach (var (name, value) in Json(members))
            p[name] = value!.DeepClone();
    }).Patient.Deceased);
}
