using MedAI.Training.Icu2012;

namespace MedAI.Accuracy.Tests.ClinicalScores;

/// <summary>Made-up stays for tests; no record of a patient.</summary>
internal static class StayMaker
{
    public static IcuStay Stay(double? age, params (int Minute, string Parameter, double Value)[] events) => new()
    {
        RecordId = 1,
        Age = age,
        Male = null,
        HeightCm = null,
        Unit = IcuUnit.Medical,
        Events = [.. events.Select(e => new IcuEvent(e.Minute, e.Parameter, e.Value))],
        UnreadableLines = 0,
    };
}
