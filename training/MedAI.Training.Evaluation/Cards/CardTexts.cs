namespace MedAI.Training.Evaluation.Cards;

/// <summary>What is said in words about one model: the answers of its card and the prose of its report.</summary>
public sealed record CardTexts
{
    /// <summary>An answer for every one of the <see cref="SourceAttributes"/>, by number.</summary>
    public required IReadOnlyDictionary<int, CardAnswer> Answers { get; init; }

    public required IReadOnlyList<string> Citations { get; init; }

    /// <summary>Prose of the report after the figures: heading and markdown.</summary>
    public IReadOnlyList<ReportSection> Sections { get => field ?? []; init; }
}

/// <summary>A part of a report in prose.</summary>
public sealed record ReportSection(string Heading, string Markdown);

/// <summary>An answer, or the reason why there can be none.</summary>
public sealed record CardAnswer
{
    private CardAnswer(string text, bool available) => (Text, Available) = (text, available);

    public string Text { get; }

    public bool Available { get; }

    public static CardAnswer Filled(string answer) => new(answer, available: true);

    /// <param name="reason">A sentence that says why the attribute cannot be filled.</param>
    public static CardAnswer NotAvailable(string reason) => new(reason, available: false);

    public static implicit operator CardAnswer(string answer) => Filled(answer);

    public static CardAnswer FromString(string answer) => Filled(answer);
}
