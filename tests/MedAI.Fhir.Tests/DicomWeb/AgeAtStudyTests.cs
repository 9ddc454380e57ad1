using System.Text.Json.Nodes;
using MedAI.Fhir.DicomWeb;

namespace MedAI.Fhir.Tests.DicomWeb;

public sealed class AgeAtStudyTests
{
    [Theory, Trait("promise", "M-288")]
    // FHIR birth date, study date, the image's age, the image's birth date.
    [InlineData("2017-03-01", "20200615", "003Y", "20170301", 3, AgeSource.BirthDate, false)]
    [InlineData("2017-06-15", "20200615", null, null, 3, AgeSource.BirthDate, false)]
    [InlineData("2017-06-16", "20200615", null, null, 2, AgeSource.BirthDate, false)]
    [InlineData("2016-02-29", "20190228", null, null, 2, AgeSource.BirthDate, false)]
    [InlineData("2016-02-29", "20190301", null, null, 3, AgeSource.BirthDate, false)]
    [InlineData("2020-06-15", "20200615", null, null, 0, AgeSource.BirthDate, false)]
    [InlineData("2017-03-01", "2020.06.15", null, null, 3, AgeSource.BirthDate, false)]
    // The image says something else.
    [InlineData("2017-03-01", "20200615", "057Y", null, 3, AgeSource.BirthDate, true)]
    [InlineData("2017-03-01", "20200615", null, "19630101", 3, AgeSource.BirthDate, true)]
    // Only the image knows.
    [InlineData(null, "20200615", "003Y", null, 3, AgeSource.ImageAge, false)]
    [InlineData(null, null, "018M", null, 1, AgeSource.ImageAge, false)]
    [InlineData(null, null, "040W", null, 0, AgeSource.ImageAge, false)]
    [InlineData(null, null, "400D", null, 1, AgeSource.ImageAge, false)]
    [InlineData(null, "20200615", null, "20170301", 3, AgeSource.ImageBirthDate, false)]
    [InlineData(null, "20200615", "003Y", "19630101", 3, AgeSource.ImageAge, true)]
    [InlineData("2017-03-01", null, "003Y", null, 3, AgeSource.ImageAge, false)]
    // Half a birth date: certain away from the birthday, else the image decides, else unknown.
    [InlineData("2017-03", "20200615", null, null, 3, AgeSource.BirthDate, false)]
    [InlineData("2017", "20200615", "003Y", null, 3, AgeSource.ImageAge, false)]
    [InlineData("2017", "20200615", null, "20170901", 2, AgeSource.ImageBirthDate, false)]
    [InlineData("2017", "20200615", null, null, null, AgeSource.Unknown, false)]
    [InlineData("2017", "20200615", "009Y", null, null, AgeSource.Unknown, true)]
    // Nobody knows, or nobody can be believed.
    [InlineData(null, "20200615", null, null, null, AgeSource.Unknown, false)]
    [InlineData(null, null, "3Y", null, null, AgeSource.Unknown, false)]
    [InlineData(null, null, "003X", null, null, AgeSource.Unknown, false)]
    [InlineData("2021-01-01", "20200615", null, null, null, AgeSource.Unknown, true)]
    [InlineData("not a date", "20200615", null, null, null, AgeSource.Unknown, false)]
    [InlineData("2017-03-01", "00010101", null, null, null, AgeSource.Unknown, false)]
    public void Age_is_in_completed_years_at_the_study(string? birth, string? study, string? told, string? imageBirth, int? years, AgeSource source, bool disagrees)
    {
        var image = FakePacs.Image().Without("00080020").Without("00101010").Without("00100030");
        if (study is not null)
            image.Set("00080020", "DA", study);
        if (told is not null)
            image.Set("00101010", "AS", told);
        if (imageBirth is not null)
            image.Set("00100030", "DA", imageBirth);
        var patient = new JsonObject { ["resourceType"] = "Patient", ["id"] = "p1" };
        if (birth is not null)
            patient["birthDate"] = birth;
        Assert.Equal(new AgeAtStudy(years, source, disagrees), AgeAtStudy.Of(Images.Element(patient), new DicomAttributes(Images.Element(image))));
    }

    [Fact, Trait("promise", "M-288")]
    public void Date_of_acquisition_stands_in_for_a_missing_date_of_study()
    {
        var image = FakePacs.Image().Without("00080020").Without("00101010").Without("00100030").Set("00080022", "DA", "20200615");
        Assert.Equal(3, AgeAtStudy.Of(Images.Element(Images.Patient()), new DicomAttributes(Images.Element(image))).Years);
    }
}
