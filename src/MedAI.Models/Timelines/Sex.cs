namespace MedAI.Models.Timelines;

/// <summary>FHIR administrative gender.</summary>
public enum Sex
{
    Unknown,
    Male,
    Female,
    Other,
}
