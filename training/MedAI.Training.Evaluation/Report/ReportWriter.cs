using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Cards;

namespace MedAI.Training.Evaluation.Report;

/// <summary>Writes <c>report.md</c> and a plot per curve from what was measured and what is said in words; nothing is computed here.</summary>
public static class ReportWriter
{
    public const string Name = "report.md";

    /// <summary>Writes the report into a package folder and removes plots of an earlier report.</summary>
    public static void Write(string folder, ModelManifest manifest, EvaluationResult evaluation, CardTexts texts)
    {
        foreach (var (name, text) in Render(manifest, evaluation, texts))
            File.WriteAllText(Path.Combine(folder, name), text);
        foreach (var plot in Directory.EnumerateFiles(folder, "*.svg").Where(f => evaluation.Curves.All(c => $"{c.Id}.svg" != Path.GetFileName(f))))
            File.Delete(plot);
    }

    /// <summary>File names and contents; the same inputs give the same texts.</summary>
    public static IReadOnlyDictionary<string, string> Render(ModelManifest manifest, EvaluationResult evaluation, CardTexts texts)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(evaluation);
        ArgumentNullException.ThrowIfNull(texts);
        var files = evaluation.Curves.ToDictionary(c => $"{c.Id}.svg", Plot.Draw);
        files[Name] = Markdown(manifest, evaluation, texts);
        return files;
    }

    private static string Markdown(ModelManifest manifest, EvaluationResult evaluation, CardTexts texts)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(manifest.Title).Append(' ').Append(manifest.Version).Append(": evaluation\n\n");
        text.Append("Research software, not for patient care. Every number was measured on the shipped files by the command under [Reproduce](#reproduce) and stands in ");
        text.Append('`').Append(EvaluationFile.Name).Append("`; a test measures again.\n");
        Data(text, evaluation);
        foreach (var heading in Headings(evaluation))
            Section(text, evaluation, heading);
        foreach (var section in texts.Sections)
            text.Append("\n## ").Append(section.Heading).Append("\n\n").Append(section.Markdown.Trim()).Append('\n');
        List(text, "Remarks", evaluation.Notes);
        Training(text, evaluation);
        Reproduce(text, evaluation);
        List(text, "Sources", texts.Citations);
        return text.ToString();
    }

    private static void Data(StringBuilder text, EvaluationResult evaluation)
    {
        text.Append("\n## Data\n\n").Append(evaluation.Data.Statement.Trim()).Append("\n\n");
        var table = new MarkdownTable("cases", "number");
        foreach (var (name, count) in evaluation.Data.Counts)
            table.Row(name, NumberText.Count(count));
        table.AppendTo(text);
    }

    /// <summary>Headings of figures, then of tables, then of curves, each in the order in which it first comes.</summary>
    private static IEnumerable<string> Headings(EvaluationResult evaluation) => evaluation.Figures.Select(HeadingOf)
        .Concat(evaluation.Tables.Select(t => t.Section ?? Other))
        .Concat(evaluation.Curves.Select(c => c.Section ?? Other))
        .Distinct();

    private const string Other = "Further results";

    private static string HeadingOf(EvaluationFigure figure) => figure.Section ?? figure.Topic switch
    {
        FigureTopic.Validity => "Performance",
        FigureTopic.Fairness => "Groups of patients",
        FigureTopic.External => "Data of another source",
        FigureTopic.Comparison => "Comparison",
        FigureTopic.Uncertainty => "Uncertainty and refusal",
        FigureTopic.Explanation => "Explanation",
        _ => "Cost",
    };

    private static void Section(StringBuilder text, EvaluationResult evaluation, string heading)
    {
        text.Append("\n## ").Append(heading).Append('\n');
        var figures = evaluation.Figures.Where(f => HeadingOf(f) == heading).ToArray();
        if (figures.Length > 0)
        {
            text.Append('\n');
            var table = new MarkdownTable("figure", "value", "95 % interval", "n");
            foreach (var figure in figures)
                table.Row(figure.Title, NumberText.Value(figure), NumberText.Range(figure), figure.N is { } n ? NumberText.Count(n) : "");
            table.AppendTo(text);
        }

        foreach (var table in evaluation.Tables.Where(t => (t.Section ?? Other) == heading))
        {
            text.Append('\n').Append(table.Title).Append("\n\n");
            var markdown = new MarkdownTable([.. table.Columns]);
            foreach (var row in table.Rows)
                markdown.Row([.. row]);
            markdown.AppendTo(text);
        }

        var curves = evaluation.Curves.Where(c => (c.Section ?? Other) == heading).ToArray();
        if (curves.Length > 0)
            text.Append('\n');
        foreach (var curve in curves)
            text.Append("![").Append(curve.Title).Append("](").Append(curve.Id).Append(".svg)\n");
    }

    private static void Training(StringBuilder text, EvaluationResult evaluation)
    {
        if (evaluation.Training is not { } training)
            return;
        text.Append("\n## Training\n\n");
        text.Append("Took ").Append(NumberText.Time(training.Seconds)).Append(" on ").Append(training.Hardware).Append(".\n\n```\n").Append(training.Command.Trim()).Append("\n```\n");
        if (training.Log.Count > 0)
            text.Append("\n```\n").AppendJoin('\n', training.Log).Append("\n```\n");
    }

    private static void Reproduce(StringBuilder text, EvaluationResult evaluation)
    {
        text.Append("\n## Reproduce\n\n```\n").Append(evaluation.Command.Trim()).Append("\n```\n\n");
        text.Append("Seed ").Append(evaluation.Seed).Append(". Model file SHA-256 `").Append(evaluation.ModelSha256).Append('`');
        text.Append(evaluation.Date is { } date ? $", measured on {date}.\n" : ".\n");
    }

    private static void List(StringBuilder text, string heading, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;
        text.Append("\n## ").Append(heading).Append("\n\n");
        foreach (var line in lines)
            text.Append("- ").Append(line).Append('\n');
    }
}
