namespace MedAI.Models.Inference;

/// <summary>The computation itself: rows in, rows out, on the calling thread.</summary>
internal interface IModelGraph : IDisposable
{
    IReadOnlyList<string> OutputNames { get; }

    /// <summary>Runs all rows at once.</summary>
    /// <param name="names">Input names.</param>
    /// <param name="tensors">One per name, row-major.</param>
    /// <param name="rowShapes">Shape of one row of each tensor.</param>
    /// <returns>One array per output name; its first dimension has <paramref name="rows"/> entries.</returns>
    /// <exception cref="OutputShapeException">The graph gave another number of rows.</exception>
    float[][] Run(IReadOnlyList<string> names, IReadOnlyList<Memory<float>> tensors, IReadOnlyList<int[]> rowShapes, int rows);
}

/// <summary>A graph gave an output that cannot be split by row.</summary>
internal sealed class OutputShapeException(string output) : Exception($"Output \"{output}\" has a wrong shape.");
