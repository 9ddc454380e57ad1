namespace MedAI.Training.Icu2012;

/// <summary>The kind of intensive care unit, with the numbers that the challenge files use.</summary>
public enum IcuUnit
{
    /// <summary>The file says nothing (or -1).</summary>
    Unknown = 0,

    /// <summary>Coronary care unit.</summary>
    Coronary = 1,

    /// <summary>Cardiac surgery recovery unit.</summary>
    CardiacSurgery = 2,

    /// <summary>Medical ICU.</summary>
    Medical = 3,

    /// <summary>Surgical ICU.</summary>
    Surgical = 4,
}
