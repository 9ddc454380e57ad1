using System.Globalization;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Scores stays with a finished package, without torch: shared encoder, shipped graph, calibration of the manifest.</summary>
internal static class MortalityScoring
{
    /// <summary>Risk of every stay with data up to <paramref name="hour"/> from the whole ensemble, in order of RecordID; null when the server refuses the stay.</summary>
    public static IReadOnlyList<(LabelledStay Stay, double? Risk)> Score(IReadOnlyList<LabelledStay> stays, string package, int hour)
    {
        using var model = ShippedIcuModel.Open(package);
        var scores = model.Score(new IcuCohort(stays.Count, stays), hour, unseen: true);
        return [.. stays.Select((stay, i) => (stay, scores.Refused[i] ? (double?)null : scores.AllRisks[i]))];
    }

    /// <summary>Writes <c>RecordID,risk</c>; the risk of a stay with too little data is empty.</summary>
    public static void WriteCsv(string path, IReadOnlyList<(LabelledStay Stay, double? Risk)> scored)
    {
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        writer.WriteLine("RecordID,risk");
        foreach (var (stay, risk) in scored)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stay.Stay.RecordId},{risk:R}"));
    }
}
