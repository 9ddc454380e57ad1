using MedAI.Models.Timelines;

namespace MedAI.Training.Icu2012;

/// <summary>Maps a challenge stay to the server's own timeline, so that trainer and server share one encoder.</summary>
/// <remarks>
/// Every stay starts at <see cref="Admission"/>; minutes of the file count from there. A value is stated under the most preferred
/// code of its variable and in the variable's canonical unit, which is the unit of the files. Ventilation arrives as instants.
/// </remarks>
public static class IcuStayTimeline
{
    /// <summary>The instant at which every stay is said to start; the files hold no dates.</summary>
    public static readonly DateTimeOffset Admission = new(2012, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Ucum = "http://unitsofmeasure.org";
    private const string HeightVariable = "Height";

    private static readonly SourceReference Source = new("Observation/challenge-2012");
    private static readonly SourceReference Encounter = new("Encounter/challenge-2012");

    /// <summary>What was known of the stay <paramref name="elapsedMinutes"/> after admission.</summary>
    /// <param name="stay">The stay.</param>
    /// <param name="variables">The model's variables; parameters that it lacks are counted as unused.</param>
    /// <param name="elapsedMinutes">Minutes from admission to as-of, 0 or more.</param>
    public static PatientTimeline AsOf(IcuStay stay, VariableTable variables, int elapsedMinutes)
    {
        ArgumentNullException.ThrowIfNull(stay);
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentOutOfRangeException.ThrowIfNegative(elapsedMinutes);
        // Both times come from the same file: no clock may run ahead.
        var builder = new PatientTimelineBuilder(variables, Admission.AddMinutes(elapsedMinutes))
        {
            Tolerance = TimeSpan.Zero,
            Patient = new PatientFacts(BirthDate(stay), SexOf(stay), Deceased: false),
            Stay = new CareStay(Admission, End: null, TypeOf(stay.Unit), EncounterEnded: false, Encounter),
        };
        if (stay.HeightCm is { } height)
            Add(builder, new IcuEvent(0, HeightVariable, height));
        foreach (var entry in stay.Events)
        {
            if (entry.Minute <= elapsedMinutes)
                Add(builder, entry);
        }

        return builder.Build();
    }

    private static void Add(PatientTimelineBuilder builder, in IcuEvent entry)
    {
        if (builder.Variables.Find(entry.Parameter) is not { Manifest.Codes: [var preferred, ..] } variable)
        {
            builder.CountUnused();
            return;
        }

        builder.Add(new RawMeasurement
        {
            Codes = builder.Variables.FindCodes(preferred.System, preferred.Code),
            Value = entry.Value,
            UnitSystem = Ucum,
            UnitCode = variable.Unit,
            Effective = Admission.AddMinutes(entry.Minute),
            Context = variable.Manifest.Category == "laboratory" ? MeasurementContext.LaboratoryCategory | MeasurementContext.ArterialSpecimen : MeasurementContext.None,
            Source = Source,
        });
    }

    private static DateOnly? BirthDate(IcuStay stay) =>
        stay.Age is { } age ? DateOnly.FromDateTime(Admission.DateTime).AddYears(-(int)age) : null;

    private static Sex SexOf(IcuStay stay) => stay.Male switch
    {
        true => Sex.Male,
        false => Sex.Female,
        null => Sex.Unknown,
    };

    private static IcuType TypeOf(IcuUnit unit) => unit switch
    {
        IcuUnit.Coronary => IcuType.Coronary,
        IcuUnit.CardiacSurgery => IcuType.CardiacSurgery,
        IcuUnit.Medical => IcuType.Medical,
        IcuUnit.Surgical => IcuType.Surgical,
        _ => IcuType.Unknown,
    };
}
