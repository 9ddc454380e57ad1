using MedAI.Training.Evaluation.Metrics;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>What the model says about every stay of a cohort with data up to one hour.</summary>
/// <param name="Hour">Hours after admission.</param>
/// <param name="Cohort">The stays.</param>
/// <param name="Logits">Of every stay, also those that the server refuses.</param>
/// <param name="AllRisks">Calibrated, of every stay.</param>
/// <param name="Refused">Stays that the server refuses.</param>
/// <param name="DistinctVariables">Different series variables observed, of every stay.</param>
internal sealed record LandmarkScores(int Hour, IcuCohort Cohort, double[] Logits, double[] AllRisks, bool[] Refused, int[] DistinctVariables)
{
    /// <summary>Places in the cohort of the stays that get an answer.</summary>
    public int[] Rows { get; } = [.. Enumerable.Range(0, AllRisks.Length).Where(i => !Refused[i])];

    public bool[] AllDied { get; } = [.. Cohort.Stays.Select(s => s.Outcome?.DiedInHospital ?? false)];

    public IReadOnlyList<LabelledStay> Stays => field ??= [.. Rows.Select(i => Cohort.Stays[i])];

    /// <summary>Of the stays that get an answer.</summary>
    public double[] Risks => field ??= Array.ConvertAll(Rows, i => AllRisks[i]);

    /// <summary>Before calibration, of the stays that get an answer.</summary>
    public double[] RawRisks => field ??= Array.ConvertAll(Rows, i => LogisticCalibration.Sigmoid(Logits[i]));

    public bool[] Died => field ??= Array.ConvertAll(Rows, i => AllDied[i]);

    /// <summary>Points of every bedside score for the stays that get an answer; NaN where the challenge gives none.</summary>
    public IReadOnlyList<(string Id, string Title, double[] Points)> Bedside => field ??=
    [
        .. ClinicalScores.BedsideScores.All.Select(score => (score.Id, score.Title, ClinicalScores.BedsideScores.Of(score, Stays, Hour).Points)),
        ("saps-i-given", "SAPS-I as given (24 h)", ClinicalScores.BedsideScores.Given(Stays, o => o.SapsI)),
        ("sofa-given", "SOFA as given (24 h)", ClinicalScores.BedsideScores.Given(Stays, o => o.Sofa)),
    ];
}
