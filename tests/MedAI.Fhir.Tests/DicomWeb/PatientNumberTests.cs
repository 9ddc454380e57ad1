using System.Text.Json.Nodes;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.DicomWeb;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.DicomWeb;

public sealed class PatientNumberTests
{
    private const string System = "urn:oid:1.2.36.1";

    [Fact, Trait("promise", "M-287")]
    public void Without_a_rule_nobody_can_be_verified() =>
        Assert.Equal(DicomWebErrorKind.PatientUnverified, Check("MRN-7", "HOSPITAL", """[{"system":"urn:oid:1.2.36.1","value":"MRN-7"}]"""));

    [Theory, Trait("promise", "M-287")]
    [InlineData("MRN-7", "HOSPITAL", null)]
    [InlineData(" MRN-7 ", "hospital ", null)]
    [InlineData("MRN-8", "HOSPITAL", DicomWebErrorKind.PatientMismatch)]
    [InlineData("MRN-7", "OTHER", DicomWebErrorKind.PatientUnverified)]
    [InlineData("MRN-7", null, DicomWebErrorKind.PatientUnverified)]
    [InlineData(null, "HOSPITAL", DicomWebErrorKind.PatientUnverified)]
    [InlineData("0MRN-7", "HOSPITAL", DicomWebErrorKind.PatientMismatch)]
    public void Number_and_issuer_must_be_the_patients(string? number, string? issuer, DicomWebErrorKind? refusal) =>
        Assert.Equal(refusal, Check(number, issuer, """[{"system":"urn:oid:1.2.36.1","value":"MRN-7"}]""", new PatientNumberRule { System = System, Issuers = ["HOSPITAL"] }));

    [Theory, Trait("promise", "M-287")]
    [InlineData("000123", "123", true, null)]
    [InlineData("123", "000123", true, null)]
    [InlineData("000123", "123", false, DicomWebErrorKind.PatientMismatch)]
    [InlineData("001230", "123", true, DicomWebErrorKind.PatientMismatch)]
    [InlineData("000", "0", true, DicomWebErrorKind.PatientMismatch)]
    public void Leading_zeros_count_unless_the_site_says_otherwise(string number, string own, bool ignore, DicomWebErrorKind? refusal) =>
        Assert.Equal(refusal, Check(number, "HOSPITAL", $$"""[{"system":"urn:oid:1.2.36.1","value":"{{own}}"}]""", new PatientNumberRule { System = System, Issuers = ["HOSPITAL"], IgnoreLeadingZeros = ignore }));

    [Fact, Trait("promise", "M-287")]
    public void Number_in_another_system_proves_nothing() =>
        Assert.Equal(DicomWebErrorKind.PatientUnverified, Check("MRN-7", "HOSPITAL", """[{"system":"urn:oid:9.9","value":"MRN-7"},{"value":"MRN-7"}]""", new PatientNumberRule { System = System, Issuers = ["HOSPITAL"] }));

    [Fact, Trait("promise", "M-287")]
    public void Old_number_of_a_merged_record_counts_where_the_site_says_so()
    {
        string identifiers = """[{"use":"old","system":"urn:oid:1.2.36.1","value":"OLD-1"},{"system":"urn:oid:1.2.36.1","value":"MRN-7"}]""";
        var rule = new PatientNumberRule { System = System, Issuers = ["HOSPITAL"] };
        Assert.Equal(DicomWebErrorKind.PatientMismatch, Check("OLD-1", "HOSPITAL", identifiers, rule));
        rule.AllowOldNumbers = true;
        Assert.Null(Check("OLD-1", "HOSPITAL", identifiers, rule));
    }

    [Fact, Trait("promise", "M-287")]
    public void Missing_issuer_counts_where_the_site_says_so()
    {
        string identifiers = """[{"system":"urn:oid:1.2.36.1","value":"MRN-7"}]""";
        Assert.Null(Check("MRN-7", null, identifiers, new PatientNumberRule { System = System, AllowMissingIssuer = true }));
        Assert.Equal(DicomWebErrorKind.PatientUnverified, Check("MRN-7", "OTHER", identifiers, new PatientNumberRule { System = System, AllowMissingIssuer = true }));
    }

    [Fact, Trait("promise", "M-287")]
    public void Image_with_two_numbers_names_nobody()
    {
        var image = FakePacs.Image().Set("00100020", "LO", "MRN-7", "MRN-8");
        Assert.Equal(DicomWebErrorKind.PatientUnverified, PatientNumberCheck.Refusal(new DicomAttributes(Images.Element(image)), Images.Element(Images.Patient()), [Images.Rule]));
    }

    [Theory, Trait("promise", "M-289")]
    [InlineData("no system")]
    [InlineData("fits nothing")]
    [InlineData("two without issuer")]
    [InlineData("empty issuer")]
    [InlineData("PACS without trust")]
    [InlineData("PACS trusted for FHIR")]
    [InlineData("PACS with query")]
    public void Rules_and_PACS_that_cannot_be_right_stop_the_start(string what)
    {
        var outbound = new OutboundOptions { Origins = [new OriginOptions { Origin = "https://ehr.example.org", Uses = [OutboundUse.Fhir] }, new OriginOptions { Origin = "https://pacs.example.org", Uses = [OutboundUse.DicomWeb] }] };
        var good = new DicomWebOptions { DefaultPacs = "https://pacs.example.org/dicom-web", PatientNumbers = [new PatientNumberRule { System = System, AllowMissingIssuer = true }] };
        var validator = new DicomWebOptionsValidator(Options.Create(outbound));
        Assert.True(validator.Validate(null, good).Succeeded);
        switch (what)
        {
            case "no system": good.PatientNumbers[0].System = " "; break;
            case "fits nothing": good.PatientNumbers[0].AllowMissingIssuer = false; break;
            case "two without issuer": good.PatientNumbers.Add(new PatientNumberRule { System = "urn:oid:9", AllowMissingIssuer = true }); break;
            case "empty issuer": good.PatientNumbers[0].Issuers = [""]; break;
            case "PACS without trust": good.DefaultPacs = "https://other.example.org/dicom-web"; break;
            case "PACS trusted for FHIR": good.DefaultPacs = "https://ehr.example.org/dicom-web"; break;
            default: good.DefaultPacs += "?a=b"; break;
        }
        Assert.True(validator.Validate(null, good).Failed);
    }

    private static DicomWebErrorKind? Check(string? number, string? issuer, string identifiers, params PatientNumberRule[] rules)
    {
        var image = FakePacs.Image().Without("00100020").Without("00100021");
        if (number is not null)
            image.Set("00100020", "LO", number);
        if (issuer is not null)
            image.Set("00100021", "LO", issuer);
        var patient = Images.Patient();
        patient["identifier"] = JsonNode.Parse(identifiers);
        return PatientNumberCheck.Refusal(new DicomAttributes(Images.Element(image)), Images.Element(patient), rules);
    }
}
