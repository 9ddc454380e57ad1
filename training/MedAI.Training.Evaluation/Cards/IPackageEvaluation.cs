namespace MedAI.Training.Evaluation.Cards;

/// <summary>Measures the shipped files of one model on its held data, without libtorch, the same way every time.</summary>
public interface IPackageEvaluation
{
    /// <summary>Id of the model, as in the manifest.</summary>
    string ModelId { get; }

    /// <summary>Folder of the public data below which this model's data lie, for instance <c>icu-stays</c>.</summary>
    string DataFolder { get; }

    /// <summary>Measures the package; the training part of the result is left empty.</summary>
    /// <param name="data">Folder with this model's data.</param>
    /// <param name="package">Folder with <c>manifest.json</c>.</param>
    /// <param name="cancellation">Stops between parts.</param>
    /// <exception cref="DirectoryNotFoundException">A folder is missing or holds something else.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    EvaluationResult Evaluate(string data, string package, CancellationToken cancellation);
}
