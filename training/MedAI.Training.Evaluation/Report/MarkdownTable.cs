using System.Text;

namespace MedAI.Training.Evaluation.Report;

/// <summary>A table in GitHub's markdown.</summary>
internal sealed class MarkdownTable(params IReadOnlyList<string> columns)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <exception cref="ArgumentException">The row has another number of cells than the heading.</exception>
    public MarkdownTable Row(params IReadOnlyList<string> cells)
    {
        if (cells.Count != columns.Count)
            throw new ArgumentException($"A row of {cells.Count} cells in a table of {columns.Count}.", nameof(cells));
        _rows.Add(cells);
        return this;
    }

    public void AppendTo(StringBuilder text)
    {
        Append(text, columns);
        Append(text, [.. columns.Select(_ => "---")]);
        foreach (var row in _rows)
            Append(text, row);
    }

    private static void Append(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" "))).Append(" |\n");
}
