using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.DicomWeb;

/// <summary>What an age was computed from.</summary>
public enum AgeSource
{
    Unknown,
    /// <summary>Patient.birthDate and the date of the study.</summary>
    BirthDate,
    /// <summary>The image's own PatientAge.</summary>
    ImageAge,
    /// <summary>The image's own birth date and the date of the study.</summary>
    ImageBirthDate,
}

/// <summary>How old the patient was when the image was taken, in completed years.</summary>
/// <param name="Years">Null when nobody knows.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Disagrees">True when FHIR and the image give different ages or birth dates: one of them may be about somebody else.</param>
public sealed record AgeAtStudy(int? Years, AgeSource Source, bool Disagrees)
{
    /// <summary>From the FHIR birth date where it is exact enough, else from what the image says.</summary>
    /// <remarks>A birth date that is only a year or month leaves two possible ages around the birthday; then the image decides between them, and without it the age is unknown.</remarks>
    internal static AgeAtStudy Of(JsonElement patient, DicomAttributes image)
    {
        var study = Date(image, DicomTag.StudyDate) ?? Date(image, DicomTag.AcquisitionDate) ?? Date(image, DicomTag.SeriesDate) ?? Date(image, DicomTag.ContentDate);
        var imageBirth = Date(image, DicomTag.PatientBirthDate);
        var told = Told(image.Text(DicomTag.PatientAge));
        int? byImageBirth = study is { } taken && imageBirth is { } born && born <= taken ? CompletedYears(born, taken) : null;
        var (youngest, oldest, disagrees) = FromFhir(patient, study, imageBirth);
        if (youngest is null)
        {
            bool differ = told is { } age && byImageBirth is { } computed && !Agree(age, computed, computed);
            return told is { } years
                ? new AgeAtStudy(years.Least, AgeSource.ImageAge, disagrees || differ)
                : new AgeAtStudy(byImageBirth, byImageBirth is null ? AgeSource.Unknown : AgeSource.ImageBirthDate, disagrees);
        }
        disagrees |= told is { } said && !Agree(said, youngest.Value, oldest!.Value);
        if (youngest == oldest)
            return new AgeAtStudy(youngest, AgeSource.BirthDate, disagrees);
        if (byImageBirth >= youngest && byImageBirth <= oldest)
            return new AgeAtStudy(byImageBirth, AgeSource.ImageBirthDate, disagrees);
        return told is { } exact && exact.Least == exact.Most && exact.Least >= youngest && exact.Least <= oldest
            ? new AgeAtStudy(exact.Least, AgeSource.ImageAge, disagrees)
            : new AgeAtStudy(null, AgeSource.Unknown, disagrees);
    }

    private static (int? Youngest, int? Oldest, bool Disagrees) FromFhir(JsonElement patient, DateOnly? study, DateOnly? imageBirth)
    {
        var precision = FhirTime.Parse(FhirJson.Member(patient, "birthDate"u8), out var time);
        if (precision == TimePrecision.None)
            return default;
        var first = DateOnly.FromDateTime(time.DateTime);
        var last = precision switch
        {
            TimePrecision.Year => first.AddYears(1).AddDays(-1),
            TimePrecision.Month => first.AddMonths(1).AddDays(-1),
            _ => first,
        };
        bool disagrees = imageBirth is { } other && (other < first || other > last);
        // Nobody is imaged before birth as a patient of their own; such a date says nothing.
        return study is not { } taken || taken < first
            ? (null, null, disagrees || study < first)
            : (CompletedYears(last < taken ? last : taken, taken), CompletedYears(first, taken), disagrees);
    }

    /// <summary>Age in completed years; a birthday on 29 February is kept on 1 March in other years.</summary>
    private static int CompletedYears(DateOnly born, DateOnly day) =>
        day.Year - born.Year - (day.Month < born.Month || (day.Month == born.Month && day.Day < born.Day) ? 1 : 0);

    private static bool Agree((int Least, int Most) told, int youngest, int oldest) => told.Least <= oldest && told.Most >= youngest;

    /// <summary>PatientAge (VR AS): three digits and D, W, M or Y. Completed years, as a range where days and weeks leave a doubt.</summary>
    private static (int Least, int Most)? Told(string? text)
    {
        if (text is not { Length: 4 } || !int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            return null;
        return text[3] switch
        {
            'Y' => (count, count),
            'M' => (count / 12, count / 12),
            'W' => ((int)(count * 7 / 366.0), (int)(((count * 7) + 6) / 365.0)),
            'D' => ((int)(count / 366.0), (int)(count / 365.0)),
            _ => null,
        };
    }

    /// <summary>A DICOM date (VR DA), also in the dotted form of old devices.</summary>
    private static DateOnly? Date(DicomAttributes image, string tag) =>
        image.Text(tag) is { } text && DateOnly.TryParseExact(text, ["yyyyMMdd", "yyyy.MM.dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year >= 1850 ? date : null;
}
