namespace MedAI.Models.Timelines;

/// <summary>What the model may know about the person.</summary>
/// <param name="BirthDate">Known to the day, or to the month or year with the first day and a remark.</param>
/// <param name="Sex">Administrative gender.</param>
/// <param name="Deceased">Deceased at or before as-of.</param>
public sealed record PatientFacts(DateOnly? BirthDate, Sex Sex, bool Deceased)
{
    /// <summary>Completed years at an instant, in the instant's own offset.</summary>
    public int? AgeAt(DateTimeOffset instant)
    {
        if (BirthDate is not { } born)
            return null;
        var day = DateOnly.FromDateTime(instant.DateTime);
        int years = day.Year - born.Year;
        return day < born.AddYears(years) ? years - 1 : years;
    }
}
