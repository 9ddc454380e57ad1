namespace MedAI.Training.Evaluation.Cards;

/// <summary>Everything that was measured about one shipped package: report and model card are rendered from it alone.</summary>
/// <remarks>Stored as <c>evaluation.json</c> in the package; see <see cref="EvaluationFile"/>. Holds counts and measures, never a patient's record.</remarks>
public sealed record EvaluationResult
{
    public const string CurrentSchema = "1.0";

    public string SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>Id of the model, as in the manifest.</summary>
    public required string Model { get; init; }

    public required string Version { get; init; }

    /// <summary>Lower-case hex SHA-256 of the model file that was measured.</summary>
    public required string ModelSha256 { get; init; }

    public required EvaluationData Data { get; init; }

    /// <summary>The command that measures again, with placeholders for folders.</summary>
    public required string Command { get; init; }

    /// <summary>Seed of folds and resampling.</summary>
    public required int Seed { get; init; }

    /// <summary>Day of the evaluation, ISO 8601, if told.</summary>
    public string? Date { get; init; }

    public IReadOnlyList<EvaluationFigure> Figures { get => field ?? []; init; }

    public IReadOnlyList<EvaluationTable> Tables { get => field ?? []; init; }

    public IReadOnlyList<EvaluationCurve> Curves { get => field ?? []; init; }

    /// <summary>Remarks that a reader of the figures must know, one sentence or paragraph each.</summary>
    public IReadOnlyList<string> Notes { get => field ?? []; init; }

    /// <summary>How the package was trained; null when only the finished package is known.</summary>
    public TrainingRecord? Training { get; init; }

    public EvaluationFigure? Find(string id) => Figures.FirstOrDefault(f => f.Id == id);
}

/// <summary>What was measured on.</summary>
/// <param name="Statement">Where the data come from, who is in them and under which licence, in sentences.</param>
/// <param name="Counts">Number of cases by name, for instance <c>held stays</c>, in the order in which a report shows them.</param>
public sealed record EvaluationData(string Statement, IReadOnlyDictionary<string, long> Counts);
