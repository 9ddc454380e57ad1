namespace MedAI.Models.Timelines;

/// <summary>Kinds of intensive care unit that a model tells apart.</summary>
public enum IcuType
{
    Unknown,
    Coronary,
    CardiacSurgery,
    Medical,
    Surgical,
    Other,
}
