using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>The stays of a data folder that a model can be fitted on or judged by.</summary>
/// <param name="Read">Stays in the folder.</param>
/// <param name="Stays">Those with an outcome and at least one measurement beside the weight at admission, in order of RecordID.</param>
internal sealed record IcuCohort(int Read, IReadOnlyList<LabelledStay> Stays)
{
    /// <summary>Hours after admission at which the model is calibrated and reported.</summary>
    public static readonly IReadOnlyList<int> Landmarks = [6, 12, 24, 48];

    public int Deaths => Stays.Count(s => s.Outcome!.DiedInHospital);

    /// <exception cref="DirectoryNotFoundException">The folder does not exist or holds neither stays nor archives.</exception>
    /// <exception cref="InvalidDataException">No stay has an outcome.</exception>
    public static IcuCohort Load(string data)
    {
        using var folder = IcuStayFolder.Open(data);
        var read = folder.ReadAll();
        var stays = read.Where(s => s.Outcome is not null && s.Stay.Events.Any(e => e.Parameter != "Weight")).ToList();
        return stays.Count > 0 ? new IcuCohort(read.Count, stays) : throw new InvalidDataException($"No stay in '{data}' has an outcome: Outcomes-*.txt is missing.");
    }

    public bool[] Died() => [.. Stays.Select(s => s.Outcome!.DiedInHospital)];
}
