using MedAI.Fhir.Reading;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using MedAI.Testing;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

/// <summary>Reads an Observation of every accepted code with the shipped model: a code under the wrong variable is a wrong score for everybody.</summary>
public sealed class ShippedModelCodesTests
{
    private static readonly Lazy<VariableTable> Shipped = new(() =>
    {
        var (manifest, problems) = ManifestReader.Read(File.ReadAllBytes(RepositoryRoot.Combine("models", "icu-mortality", "2.0.0", "manifest.json")));
        Assert.Empty(problems);
        return new VariableTable(manifest!);
    });

    [Theory, Trait("promise", "M-223")]
    [InlineData("Albumin", 3.5, "g/dL", "1751-7 61151-7")]
    [InlineData("ALP", 80, "U/L", "6768-6")]
    [InlineData("ALT", 30, "U/L", "1742-6 1743-4")]
    [InlineData("AST", 30, "U/L", "1920-8 30239-8")]
    [InlineData("Bilirubin", 1, "mg/dL", "1975-2")]
    [InlineData("Bilirubin", 17.1, "umol/L", "14631-6")]
    [InlineData("BUN", 20, "mg/dL", "3094-0 6299-2")]
    [InlineData("BUN", 7, "mmol/L", "22664-7")]
    [InlineData("Cholesterol", 180, "mg/dL", "2093-3")]
    [InlineData("Cholesterol", 4.6, "mmol/L", "14647-2")]
    [InlineData("Creatinine", 1, "mg/dL", "2160-0 38483-4")]
    [InlineData("Creatinine", 88, "umol/L", "14682-9")]
    [InlineData("SysABP", 120, "mm[Hg]", "76215-3")]
    [InlineData("DiasABP", 60, "mm[Hg]", "76213-8")]
    [InlineData("MAP", 80, "mm[Hg]", "76214-6")]
    [InlineData("NISysABP", 120, "mm[Hg]", "76534-7 8480-6")]
    [InlineData("NIDiasABP", 60, "mm[Hg]", "76535-4 8462-4")]
    [InlineData("NIMAP", 80, "mm[Hg]", "76536-2 8478-0")]
    [InlineData("FiO2", 40, "%", "3150-0 19996-8")]
    [InlineData("GCS", 14, "{score}", "9269-2")]
    [InlineData("Glucose", 120, "mg/dL", "2345-7 2339-0 41653-7")]
    [InlineData("Glucose", 6, "mmol/L", "14749-6 15074-8")]
    [InlineData("HCO3", 24, "mmol/L", "1963-8 1959-6 1960-4 2028-9 20565-8")]
    [InlineData("HCT", 35, "%", "4544-3 20570-8")]
    [InlineData("HCT", 0.35, "1", "71833-8")]
    [InlineData("HR", 80, "/min", "8867-4 76282-3")]
    [InlineData("K", 4, "mmol/L", "2823-3 6298-4 32713-0")]
    [InlineData("Lactate", 2, "mmol/L", "2524-7 32693-4 2518-9")]
    [InlineData("Mg", 2, "mg/dL", "19123-9")]
    [InlineData("Mg", 0.8, "mmol/L", "2601-3")]
    [InlineData("Na", 140, "mmol/L", "2951-2 2947-0")]
    [InlineData("PaCO2", 40, "mm[Hg]", "2019-8 11557-6")]
    [InlineData("PaO2", 90, "mm[Hg]", "2703-7 11556-8")]
    [InlineData("pH", 7.4, "[pH]", "2744-1 11558-4")]
    [InlineData("Platelets", 200, "10*3/uL", "777-3 26515-7")]
    [InlineData("RespRate", 16, "/min", "9279-1")]
    [InlineData("SaO2", 97, "%", "2708-6 20564-1 59408-5")]
    [InlineData("Temp", 37, "Cel", "8310-5 8331-1 60834-9")]
    [InlineData("TroponinI", 0.5, "ug/L", "10839-9")]
    [InlineData("TroponinI", 500, "ng/L", "89579-7")]
    [InlineData("TroponinT", 0.5, "ug/L", "6598-7")]
    [InlineData("TroponinT", 500, "ng/L", "67151-1")]
    [InlineData("Urine", 100, "mL", "9187-6")]
    [InlineData("WBC", 9, "10*3/uL", "6690-2 26464-8 804-5")]
    [InlineData("Weight", 80, "kg", "29463-7 3141-9")]
    [InlineData("Height", 170, "cm", "8302-2")]
    public void Code_means_the_variable_that_LOINC_says(string variable, double value, string unit, string codes)
    {
        foreach (string code in codes.Split(' '))
        {
            var timeline = ReadAll(null, new ClinicalDataReader(Shipped.Value), Patient(), Encounter(), Icu(), Observation(code, value, unit)).Timeline();
            Assert.Empty(timeline.Quality.Rejected);
            Assert.Equal((code, variable), (code, Assert.Single(timeline.Measurements).Variable.Id));
        }
    }

    [Theory, Trait("promise", "M-223")]
    [InlineData("3151-8", 6, "L/min")] // oxygen flow is no oxygen fraction
    [InlineData("2746-6", 7.3, "[pH]")] // venous
    [InlineData("1968-7", 1, "mg/dL")] // direct bilirubin
    [InlineData("3150-6", 40, "%")] // fails the LOINC check digit
    public void Codes_of_something_else_are_not_taken(string code, double value, string unit)
    {
        var timeline = ReadAll(null, new ClinicalDataReader(Shipped.Value), Patient(), Encounter(), Icu(), Observation(code, value, unit)).Timeline();
        Assert.Empty(timeline.Measurements);
        Assert.Equal(1, timeline.Quality.NotForThisModel);
    }

    [Fact, Trait("promise", "M-223")]
    public void Bare_integer_coma_score_is_read() =>
        Assert.Equal(14, Assert.Single(ReadAll(null, new ClinicalDataReader(Shipped.Value), Patient(), Encounter(), Icu(), Bare("9269-2", o => o["valueInteger"] = 14)).Timeline().Measurements).Value);
}
