using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>What is said in words about the model of death in intensive care.</summary>
public sealed class IcuMortalityTexts : ICardTextSource
{
    public string ModelId => "icu-mortality";

    public CardTexts For(ModelManifest manifest, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(evaluation);
        return new CardTexts
        {
            Answers = Answers(manifest, evaluation),
            Citations =
            [
                "Silva I, Moody G, Scott DJ, Celi LA, Mark RG. Predicting in-hospital mortality of ICU patients: the PhysioNet/Computing in Cardiology Challenge 2012. Computing in Cardiology 2012;39:245-248.",
                "Goldberger AL, Amaral LAN, Glass L, et al. PhysioBank, PhysioToolkit, and PhysioNet: components of a new research resource for complex physiologic signals. Circulation 2000;101(23):e215-e220.",
                "Data: PhysioNet/CinC Challenge 2012, Open Data Commons Attribution License (ODC-BY) 1.0, https://physionet.org/content/challenge-2012/1.0.0/",
                "Royal College of Physicians. National Early Warning Score (NEWS) 2. London: RCP, 2017.",
                "Singer M, Deutschman CS, Seymour CW, et al. The third international consensus definitions for sepsis and septic shock (Sepsis-3). JAMA 2016;315:801-810.",
                "Vincent JL, Moreno R, Takala J, et al. The SOFA (sepsis-related organ failure assessment) score to describe organ dysfunction/failure. Intensive Care Medicine 1996;22:707-710.",
                "Le Gall JR, Loirat P, Alperovitch A, et al. A simplified acute physiology score for ICU patients. Critical Care Medicine 1984;12:975-977.",
                "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. Medical Decision Making 2006;26:565-574.",
            ],
            Sections =
            [
                new ReportSection(
                    "Bedside scores",
                    "Computed from the same stays at the same hours; a component that cannot be computed counts as normal.\n\n"
                    + string.Join("\n", ClinicalScores.BedsideScores.All.Select(s => $"- **{s.Title}**: {s.Definition}"))),
                new ReportSection(
                    "What the measures mean",
                    "- Intervals are the middle 95 % of 1,000 bootstrap samples of stays, deaths and survivors drawn apart.\n"
                    + "- Calibration error: the larger of two, ten groups of equal size and ten bands of equal width.\n"
                    + "- Event 2 is the challenge's Hosmer-Lemeshow H over the range of risk in ten groups; the best of 2012 scored 17.88 on 4,000 stays. It grows with the number of stays.\n"
                    + "- Small groups have wide intervals; no difference between groups is corrected for that."),
            ],
        };
    }

    private static Dictionary<int, CardAnswer> Answers(ModelManifest manifest, EvaluationResult evaluation)
    {
        const string NoExternal = "no stay of another hospital was at hand; a site that has such stays can measure with `training evaluate`.";
        const string LocalOnly = "it can only be established at each site, from the site's own stays.";
        return new Dictionary<int, CardAnswer>
        {
            [1] = "The MedAI authors, an open-source project; contact through the issue tracker of the project.",
            [2] = "None.",
            [3] = "Probability, 0 to 100 %, of death during the current hospital stay, with an interval from the disagreement of the ensemble; contributions of inputs by occlusion; "
                + "a report of what data were used, missing or rejected; or no answer where the data are too few.",
            [4] = "Prediction.",
            [5] = manifest.IntendedUse,
            [6] = "Adults from 16 years in an intensive care unit, 6 to 48 hours after the start of the ICU stay.",
            [7] = "Researchers, data scientists and clinicians who evaluate decision support; not for care of patients.",
            [8] = "Informs. It neither augments nor replaces clinical judgement.",
            [9] = "Limiting treatment, triage, setting of code status, resource allocation, billing, comparison of hospitals; children; wards and emergency departments; "
                + "more than 48 hours after the start of the ICU stay; patients whose treatment is already limited.",
            [10] = string.Join(" ", manifest.Limitations),
            [11] = "Inclusion as in the challenge: adult ICU stays of at least 48 hours, so the model knows nobody who died or left within two days. Stays in which nothing was measured were left out. "
                + $"{evaluation.Data.Statement.Trim()} Cases: {FigureWords.Counts(evaluation)}.",
            [12] = "Age and sex are inputs (completed years; administrative gender as male or not). Race, ethnicity, language, sexual orientation, gender identity, health status "
                + "assessments and social determinants are neither inputs nor in the data. Kind of ICU, height and weight are inputs.",
            [13] = "One academic hospital in Boston, USA, stays of 2001 to 2008. Race and ethnicity are not in the data, so representativeness cannot be shown. Ages above 89 are folded into 90. "
                + "Results by age, sex and kind of unit are under 22.",
            [14] = "Care of 2001 to 2008 differs from today's; laboratory assays, ventilation and charting have changed. Relevance must be shown locally before use.",
            [15] = "Results by sex, age band and kind of unit are measured on held stays with every version; no group was used for selection.",
            [16] = "None beyond measuring and reporting. Missing measurements are inputs and may carry differences in care; the explanation states the contribution of missingness separately.",
            [17] = CardAnswer.NotAvailable(NoExternal),
            [18] = CardAnswer.NotAvailable(NoExternal),
            [19] = CardAnswer.NotAvailable(NoExternal),
            [20] = CardAnswer.NotAvailable(NoExternal),
            [21] = $"On stays not used for fitting, stopping, calibration or thresholds of the part that answered them. {FigureWords.Of(evaluation, FigureTopic.Validity, "No figure.")} "
                + $"To compare: {FigureWords.Of(evaluation, FigureTopic.Comparison, "no score was computed.")} "
                + $"Refusal: {FigureWords.Of(evaluation, FigureTopic.Uncertainty, "not measured.")}",
            [22] = FigureWords.Of(evaluation, FigureTopic.Fairness, "No figure."),
            [23] = FigureWords.Of(evaluation, FigureTopic.External, "") is { Length: > 0 } validity ? validity : CardAnswer.NotAvailable(NoExternal),
            [24] = CardAnswer.NotAvailable(NoExternal),
            [25] = CardAnswer.NotAvailable("no study of the effect on care exists."),
            [26] = "None centrally. The package carries histograms of its inputs so that a site can watch drift, and `training evaluate` measures a site's own stays.",
            [27] = CardAnswer.NotAvailable(LocalOnly),
            [28] = "None centrally; `training evaluate` reports the groups of 22 for a site's own stays.",
            [29] = CardAnswer.NotAvailable(LocalOnly),
            [30] = "No fixed schedule; a new version is a new package with its own report.",
            [31] = "As risks are reported; the package can be withdrawn by removing its folder.",
        };
    }
}
