namespace MedAI.Training.Evaluation.Cards;

/// <summary>A table of a report, cells already worded.</summary>
/// <param name="Id">Stable id.</param>
/// <param name="Title">Sentence above the table.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">As many cells per row as there are headings.</param>
public sealed record EvaluationTable(string Id, string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Heading of the report under which it stands.</summary>
    public string? Section { get; init; }
}
