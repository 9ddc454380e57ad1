using System.Buffers;

namespace MedAI.Models.Inference;

/// <summary>Input tensors of some rows of equal shape, in rented memory.</summary>
/// <remarks>Tensor i has shape [Rows, shape...] and is stored row-major, so that rows of two requests are joined by copying blocks.</remarks>
public sealed class InputRows : IDisposable
{
    private readonly float[]?[] _tensors;

    /// <param name="names">Input names in the graph.</param>
    /// <param name="rowShapes">Shape of one row of each input, without the row axis.</param>
    /// <param name="rows">Number of rows.</param>
    public InputRows(IReadOnlyList<string> names, IReadOnlyList<int[]> rowShapes, int rows)
    {
        Names = names;
        RowShapes = rowShapes;
        Rows = rows;
        _tensors = new float[rowShapes.Count][];
        for (int i = 0; i < rowShapes.Count; i++)
            _tensors[i] = ArrayPool<float>.Shared.Rent(Math.Max(1, rows * RowLength(i)));
    }

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<int[]> RowShapes { get; }

    public int Rows { get; }

    public int RowLength(int input)
    {
        int length = 1;
        foreach (int d in RowShapes[input])
            length = checked(length * d);
        return length;
    }

    public Span<float> Tensor(int input) => _tensors[input].AsSpan(0, Rows * RowLength(input));

    public Span<float> Row(int input, int row)
    {
        int length = RowLength(input);
        return _tensors[input].AsSpan(row * length, length);
    }

    public Memory<float> Memory(int input) => _tensors[input].AsMemory(0, Rows * RowLength(input));

    public void Dispose()
    {
        for (int i = 0; i < _tensors.Length; i++)
        {
            if (_tensors[i] is { } array)
                ArrayPool<float>.Shared.Return(array, clearArray: true);
            _tensors[i] = null;
        }
    }
}
