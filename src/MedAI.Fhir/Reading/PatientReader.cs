using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Reads what a model may know about the person.</summary>
internal static class PatientReader
{
    /// <param name="patient">The Patient resource.</param>
    /// <param name="asOf">Who died later is alive as of then.</param>
    /// <param name="remarks">Receives what is wrong with the birth date.</param>
    public static PatientFacts Read(JsonElement patient, DateTimeOffset asOf, ISet<string> remarks)
    {
        DateOnly? born = null;
        var precision = FhirTime.Parse(FhirJson.Member(patient, "birthDate"u8), out var birth);
        if (precision == TimePrecision.None || birth.UtcDateTime.Date > asOf.UtcDateTime.Date)
        {
            remarks.Add(ReadingRemarks.BirthDateUnusable);
        }
        else
        {
            born = DateOnly.FromDateTime(birth.DateTime);
            if (precision == TimePrecision.Year)
                remarks.Add(ReadingRemarks.BirthDateYearOnly);
            else if (precision == TimePrecision.Month)
                remarks.Add(ReadingRemarks.BirthDateMonthOnly);
        }
        return new PatientFacts(born, SexOf(FhirJson.Text(FhirJson.Member(patient, "gender"u8))), IsDeceased(patient, asOf));
    }

    /// <param name="gender">Patient.gender.</param>
    public static Sex SexOf(ReadOnlySpan<byte> gender) =>
        gender.SequenceEqual("male"u8) ? Sex.Male
        : gender.SequenceEqual("female"u8) ? Sex.Female
        : gender.SequenceEqual("other"u8) ? Sex.Other
        : Sex.Unknown;

    private static bool IsDeceased(JsonElement patient, DateTimeOffset asOf)
    {
        if (FhirJson.Member(patient, "deceasedBoolean"u8).ValueKind == JsonValueKind.True)
            return true;
        var deceased = FhirJson.Member(patient, "deceasedDateTime"u8);
        if (deceased.ValueKind == JsonValueKind.Undefined)
            return false;
        // A day, month or year counts from its first moment, and a time that cannot be read still says that the patient died.
        return FhirTime.Parse(deceased, out var time) switch
        {
            TimePrecision.None => true,
            TimePrecision.Instant => time <= asOf,
            _ => time.DateTime <= asOf.DateTime,
        };
    }
}
