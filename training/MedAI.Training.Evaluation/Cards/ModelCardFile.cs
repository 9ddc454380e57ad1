using System.Text;
using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Builds, reads and renders model cards.</summary>
public static class ModelCardFile
{
    public const string Name = "model-card.json";
    public const string MarkdownName = "model-card.md";

    /// <summary>The card of a package; the same inputs give the same bytes.</summary>
    /// <exception cref="InvalidDataException">An attribute has no answer.</exception>
    public static ModelCard Build(ModelManifest manifest, EvaluationResult evaluation, CardTexts texts)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(evaluation);
        ArgumentNullException.ThrowIfNull(texts);
        return new ModelCard
        {
            SchemaVersion = "1.1",
            Model = manifest.Id,
            Version = manifest.Version,
            Title = manifest.Title,
            Framework = SourceAttributes.Framework,
            ModelSha256 = evaluation.ModelSha256,
            SourceAttributes = [.. SourceAttributes.All.Select(a => Answered(a, texts))],
            Figures =
            [
                .. evaluation.Figures.Where(f => f.Topic != FigureTopic.Cost).Select(f => new CardFigure(f.Id, f.Title, f.Value, evaluation.Command)
                {
                    Low = f.Low,
                    High = f.High,
                    N = f.N,
                }),
            ],
            Citations = texts.Citations,
        };
    }

    public static byte[] ToUtf8(ModelCard card) => EvaluationFile.ToUtf8(card);

    /// <exception cref="InvalidDataException">The text is no model card.</exception>
    public static ModelCard Parse(ReadOnlySpan<byte> json) => EvaluationFile.Parse<ModelCard>(json, Name);

    /// <summary>The card for people.</summary>
    public static string ToMarkdown(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var text = new StringBuilder();
        text.Append("# ").Append(card.Title).Append(' ').Append(card.Version).Append(": model card\n\n");
        text.Append("Research software, not for patient care. ").Append(card.Framework).Append(".\n");
        text.Append("Model file SHA-256 `").Append(card.ModelSha256).Append("`.\n");
        foreach (var section in card.SourceAttributes.GroupBy(a => a.Section))
        {
            text.Append("\n## ").Append(section.Key).Append('\n');
            foreach (var attribute in section)
                text.Append("\n**").Append(attribute.Number).Append(". ").Append(attribute.Attribute).Append(".** ").Append(attribute.Answer).Append('\n');
        }

        text.Append("\n## Sources\n\n");
        foreach (var citation in card.Citations)
            text.Append("- ").Append(citation).Append('\n');
        return text.ToString();
    }

    private static CardAttribute Answered(SourceAttribute attribute, CardTexts texts)
    {
        if (!texts.Answers.TryGetValue(attribute.Number, out var answer) || string.IsNullOrWhiteSpace(answer.Text))
            throw new InvalidDataException($"Source attribute {attribute.Number} ({attribute.Name}) has no answer.");
        return answer.Available
            ? new CardAttribute(attribute.Number, attribute.Section, attribute.Name, CardAttribute.Filled, answer.Text)
            : new CardAttribute(attribute.Number, attribute.Section, attribute.Name, CardAttribute.NotAvailable, $"Not available: {answer.Text}") { Reason = answer.Text };
    }
}
