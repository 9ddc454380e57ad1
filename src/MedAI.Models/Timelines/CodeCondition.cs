namespace MedAI.Models.Timelines;

/// <summary>Under which circumstances a code means its variable.</summary>
internal enum CodeCondition
{
    Always,
    Invasive,
    NonInvasive,
    Arterial,
    NotVenous,
    ArterialOrLaboratory,
    VitalSigns,
}

/// <summary>How well a value's context agrees with a code's condition; the highest wins.</summary>
internal enum CodeMatch
{
    /// <summary>The code does not mean the variable here.</summary>
    No,
    /// <summary>It would, but for the specimen.</summary>
    WrongSpecimen,
    /// <summary>The context says nothing and the usual meaning is taken.</summary>
    Assumed,
    Yes,
}

internal static class CodeConditions
{
    public static bool TryParse(string? when, out CodeCondition condition)
    {
        CodeCondition? found = when switch
        {
            null => CodeCondition.Always,
            "invasive" => CodeCondition.Invasive,
            "non-invasive" => CodeCondition.NonInvasive,
            "arterial" => CodeCondition.Arterial,
            "not-venous" => CodeCondition.NotVenous,
            "arterial-or-laboratory" => CodeCondition.ArterialOrLaboratory,
            "vital-signs" => CodeCondition.VitalSigns,
            _ => null,
        };
        condition = found ?? CodeCondition.Always;
        return found is not null;
    }

    /// <summary>True where one specimen makes a value the variable's and another does not.</summary>
    public static bool DependsOnSpecimen(this CodeCondition condition) => condition is CodeCondition.Arterial or CodeCondition.NotVenous or CodeCondition.ArterialOrLaboratory;

    public static CodeMatch Match(this CodeCondition condition, MeasurementContext context)
    {
        bool arterial = (context & MeasurementContext.ArterialSpecimen) != 0;
        bool venous = (context & MeasurementContext.VenousSpecimen) != 0 && !arterial;
        bool capillary = (context & MeasurementContext.CapillarySpecimen) != 0 && !arterial;
        bool invasive = (context & MeasurementContext.InvasiveMethod) != 0;
        bool cuff = (context & MeasurementContext.CuffMethod) != 0;
        bool oximeter = (context & MeasurementContext.PulseOximetryCoding) != 0;
        bool vitalSigns = (context & MeasurementContext.VitalSignsCategory) != 0;
        bool laboratory = (context & MeasurementContext.LaboratoryCategory) != 0;
        return condition switch
        {
            CodeCondition.Always => CodeMatch.Yes,
            CodeCondition.Invasive => invasive && !cuff ? CodeMatch.Yes : CodeMatch.No,
            // A pressure with no word about its method is far more often a cuff than a line.
            CodeCondition.NonInvasive => cuff ? CodeMatch.Yes : invasive ? CodeMatch.No : CodeMatch.Assumed,
            CodeCondition.Arterial => arterial ? CodeMatch.Yes : CodeMatch.WrongSpecimen,
            CodeCondition.NotVenous => venous ? CodeMatch.WrongSpecimen : CodeMatch.Yes,
            CodeCondition.ArterialOrLaboratory =>
                oximeter ? CodeMatch.No
                : arterial ? CodeMatch.Yes
                : venous || capillary ? CodeMatch.WrongSpecimen
                : laboratory ? CodeMatch.Yes
                : vitalSigns ? CodeMatch.No
                // Nothing said: the code itself means arterial blood.
                : CodeMatch.Assumed,
            CodeCondition.VitalSigns => vitalSigns || oximeter ? CodeMatch.Yes : CodeMatch.No,
            _ => CodeMatch.No,
        };
    }
}
