using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>What is said in words about the model of pneumonia on children's chest films.</summary>
public sealed class ChestXrayTexts : ICardTextSource
{
    public string ModelId => "chest-xray-pneumonia";

    public CardTexts For(ModelManifest manifest, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(evaluation);
        return new CardTexts
        {
            Answers = Answers(manifest, evaluation),
            Citations =
            [
                "Kermany DS, Goldbaum M, Cai W, et al. Identifying medical diagnoses and treatable diseases by image-based deep learning. Cell 2018;172:1122-1131.",
                "Data: Kermany D, Zhang K, Goldbaum M. Large dataset of labeled optical coherence tomography (OCT) and chest X-ray images. Mendeley Data, CC BY 4.0, doi:10.17632/rscbjbr9sj.",
                "Yang J, Shi R, Wei D, et al. MedMNIST v2: a large-scale lightweight benchmark for 2D and 3D biomedical image classification. Scientific Data 2023;10:41.",
                "Guo C, Pleiss G, Sun Y, Weinberger KQ. On calibration of modern neural networks. ICML 2017.",
            ],
            Sections =
            [
                new ReportSection(
                    "What the measures mean",
                    "- Intervals are the middle 95 % of 1,000 bootstrap samples of films, with and without pneumonia drawn apart; a range over seeds is smallest to largest.\n"
                    + "- Calibration error: the larger of two, ten groups of equal size and ten bands of equal width.\n"
                    + "- Films of one child look alike. Intervals treat films as if each were another child and are therefore too narrow where one child has several."),
            ],
        };
    }

    private static Dictionary<int, CardAnswer> Answers(ModelManifest manifest, EvaluationResult evaluation)
    {
        const string NoExternal = "no film of another hospital was at hand.";
        const string NoGroups = "the published films carry no age, sex or other attribute of the single child, so no group can be told apart.";
        const string LocalOnly = "it can only be established at each site, from the site's own films.";
        return new Dictionary<int, CardAnswer>
        {
            [1] = "The MedAI authors, an open-source project; contact through the issue tracker of the project.",
            [2] = "None.",
            [3] = "Probability, 0 to 100 %, that a radiologist would label the film as pneumonia; a map of the parts of the picture that speak for it; a score of how unlike the training films "
                + "the picture is; or no answer where picture or patient is outside of what the model was made for.",
            [4] = "Classification.",
            [5] = manifest.IntendedUse,
            [6] = "Children from 1 to 5 years with a frontal (AP or PA) chest film, modality CR or DX. Age unknown: no answer.",
            [7] = "Researchers, data scientists and clinicians who evaluate decision support; not for care of patients.",
            [8] = "Informs. It neither augments nor replaces the reading by a radiologist.",
            [9] = "Adults: the model does not transfer to adults. Infants below 1 year and children from 6 years; lateral films; other modalities and body parts; photographs of films; "
                + "ruling pneumonia out; choosing antibiotics; triage; screening. A low probability is not \"normal\": the model knows no other finding, "
                + "a film with a fracture, a mass or a pneumothorax may score low.",
            [10] = string.Join(" ", manifest.Limitations),
            [11] = "Frontal films of children of 1 to 5 years taken in routine care at one hospital; films of low quality had been removed by the publishers. "
                + "Labels: two physicians, the official test films checked by a third. "
                + $"{evaluation.Data.Statement.Trim()} Cases: {FigureWords.Counts(evaluation)}.",
            [12] = "None is an input of the model. Age is read from the image's metadata to decide whether the model may answer at all. Race, ethnicity, language, sex, sexual orientation, gender "
                + "identity, health status assessments and social determinants are neither inputs nor in the data.",
            [13] = "One hospital, Guangzhou Women and Children's Medical Center, China; ages 1 to 5 years. Sex, ethnicity and equipment of the single film are not published, so "
                + "representativeness cannot be shown. Three of four training films show pneumonia, far more than in any clinic.",
            [14] = "Films of one hospital, stored as JPEG after windowing. Other equipment, collimation, processing and a lower share of pneumonia change the output. Relevance must be shown locally before use.",
            [15] = CardAnswer.NotAvailable(NoGroups),
            [16] = "The population of the manifest (age, projection, modality) is enforced from metadata, unknown age refuses, and pictures unlike the training films are refused by a score. "
                + "Bias between groups within that population could not be measured.",
            [17] = CardAnswer.NotAvailable(NoExternal),
            [18] = CardAnswer.NotAvailable(NoExternal),
            [19] = CardAnswer.NotAvailable(NoExternal),
            [20] = CardAnswer.NotAvailable(NoExternal),
            [21] = $"On the official test films, which took part neither in fitting nor in choosing thresholds. {FigureWords.Of(evaluation, FigureTopic.Validity, "No figure.")} "
                + $"To compare: {FigureWords.Of(evaluation, FigureTopic.Comparison, "nothing was measured.")} "
                + $"Refusal: {FigureWords.Of(evaluation, FigureTopic.Uncertainty, "not measured.")}",
            [22] = FigureWords.Of(evaluation, FigureTopic.Fairness, "") is { Length: > 0 } fairness ? fairness : CardAnswer.NotAvailable(NoGroups),
            [23] = FigureWords.Of(evaluation, FigureTopic.External, "") is { Length: > 0 } validity ? validity : CardAnswer.NotAvailable(NoExternal),
            [24] = CardAnswer.NotAvailable(NoExternal),
            [25] = CardAnswer.NotAvailable("no study of the effect on care exists."),
            [26] = "None centrally. `training evaluate` measures a site's own films.",
            [27] = CardAnswer.NotAvailable(LocalOnly),
            [28] = CardAnswer.NotAvailable(NoGroups),
            [29] = CardAnswer.NotAvailable(LocalOnly),
            [30] = "No fixed schedule; a new version is a new package with its own report.",
            [31] = "As risks are reported; the package can be withdrawn by removing its folder.",
        };
    }
}
