namespace MedAI.Training.Evaluation.Cards;

/// <summary>A model card as data: the 31 source attributes, the figures behind them and the sources.</summary>
/// <remarks>Stored as <c>model-card.json</c>; the server serves the bytes as they are, their hash stands in the manifest.</remarks>
public sealed record ModelCard
{
    public required string SchemaVersion { get; init; }

    public required string Model { get; init; }

    public required string Version { get; init; }

    public required string Title { get; init; }

    public required string Framework { get; init; }

    /// <summary>Lower-case hex SHA-256 of the model file that the figures were measured on.</summary>
    public required string ModelSha256 { get; init; }

    public required IReadOnlyList<CardAttribute> SourceAttributes { get; init; }

    public IReadOnlyList<CardFigure> Figures { get => field ?? []; init; }

    public IReadOnlyList<string> Citations { get => field ?? []; init; }
}

/// <summary>One source attribute with its answer.</summary>
/// <param name="Number">1 to 31.</param>
/// <param name="Section">Part of the rule.</param>
/// <param name="Attribute">What is asked.</param>
/// <param name="Status"><c>filled</c> or <c>not-available</c>.</param>
/// <param name="Answer">The answer; for an attribute that is not available a sentence with the reason.</param>
public sealed record CardAttribute(int Number, string Section, string Attribute, string Status, string Answer)
{
    public const string Filled = "filled";
    public const string NotAvailable = "not-available";

    /// <summary>Why the attribute cannot be filled; null when it is.</summary>
    public string? Reason { get; init; }
}

/// <summary>A measured number, for programmes.</summary>
/// <param name="Id">As in <c>evaluation.json</c>.</param>
/// <param name="Description">What it is.</param>
/// <param name="Value">The number; shares are 0..1.</param>
/// <param name="Command">The command that measures it again.</param>
public sealed record CardFigure(string Id, string Description, double Value, string Command)
{
    public double? Low { get; init; }

    public double? High { get; init; }

    public long? N { get; init; }
}
