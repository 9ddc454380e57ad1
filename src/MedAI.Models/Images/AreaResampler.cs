using System.Buffers;
using System.Numerics.Tensors;

namespace MedAI.Models.Images;

/// <summary>Changes the size of a grey image, the same way in training and in serving.</summary>
/// <remarks>
/// Along an axis that shrinks (or stays) a target pixel is the mean of the source area that it covers, with fractions of pixels at its borders: nothing
/// is skipped and the mean of the image stays. Along an axis that grows it is bilinear between pixel centres, the borders held. Both axes are
/// separable; rows are weighted first. Overlaps are whole numbers until the last division, so the result does not depend on the machine.
/// Images are row-major. Allocates nothing once the shared pool is warm.
/// </remarks>
public static class AreaResampler
{
    /// <summary>Resizes an image of floats.</summary>
    /// <param name="source">[rows, columns].</param>
    /// <param name="target">[targetRows, targetColumns]; overwritten. Must not overlap the source.</param>
    /// <exception cref="ArgumentException">A size is not positive or does not fit its span.</exception>
    public static void Resize(ReadOnlySpan<float> source, int rows, int columns, Span<float> target, int targetRows, int targetColumns)
    {
        RequireSize(source.Length, rows, columns, nameof(source));
        Resize(new FloatRows(source, columns), rows, columns, target, targetRows, targetColumns);
    }

    /// <summary>Resizes an image of bytes; the target keeps their unit, 0 to 255.</summary>
    /// <inheritdoc cref="Resize(ReadOnlySpan{float}, int, int, Span{float}, int, int)"/>
    public static void Resize(ReadOnlySpan<byte> source, int rows, int columns, Span<float> target, int targetRows, int targetColumns)
    {
        RequireSize(source.Length, rows, columns, nameof(source));
        Resize(new ByteRows(source, columns), rows, columns, target, targetRows, targetColumns);
    }

    /// <summary>Resizes an image that is read row by row; a row is asked for at most once per target row that it touches.</summary>
    internal static void Resize<TRows>(TRows source, int rows, int columns, Span<float> target, int targetRows, int targetColumns)
        where TRows : struct, IImageRows, allows ref struct
    {
        RequireSize(checked(rows * columns), rows, columns, nameof(source));
        RequireSize(target.Length, targetRows, targetColumns, nameof(target));
        using var down = new AxisWeights(rows, targetRows);
        using var across = new AxisWeights(columns, targetColumns);
        float[] rented = ArrayPool<float>.Shared.Rent(checked(3 * columns));
        try
        {
            Span<float> sum = rented.AsSpan(0, columns);
            // Source rows are asked for in order and a target row ends where the next begins: two remembered rows are enough.
            Span<float> evenScratch = rented.AsSpan(columns, columns);
            Span<float> oddScratch = rented.AsSpan(2 * columns, columns);
            ReadOnlySpan<float> even = default, odd = default;
            int evenRow = -1, oddRow = -1;
            for (int y = 0; y < targetRows; y++)
            {
                ReadOnlySpan<float> weights = down.Weights(y);
                int first = down.First(y);
                for (int k = 0; k < weights.Length; k++)
                {
                    int row = first + k;
                    ReadOnlySpan<float> values;
                    if ((row & 1) == 0)
                    {
                        if (evenRow != row)
                            even = source.Row(evenRow = row, evenScratch);
                        values = even;
                    }
                    else
                    {
                        if (oddRow != row)
                            odd = source.Row(oddRow = row, oddScratch);
                        values = odd;
                    }
                    if (k == 0)
                        TensorPrimitives.Multiply(values, weights[0], sum);
                    else
                        TensorPrimitives.MultiplyAdd(values, weights[k], sum, sum);
                }
                Across(sum, across, target.Slice(y * targetColumns, targetColumns));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented, clearArray: true);
        }
    }

    private static void Across(ReadOnlySpan<float> row, AxisWeights axis, Span<float> target)
    {
        for (int x = 0; x < target.Length; x++)
        {
            ReadOnlySpan<float> weights = axis.Weights(x);
            ReadOnlySpan<float> values = row.Slice(axis.First(x), weights.Length);
            float sum = 0;
            for (int k = 0; k < weights.Length; k++)
                sum += weights[k] * values[k];
            target[x] = sum;
        }
    }

    private static void RequireSize(int length, int rows, int columns, string parameter)
    {
        if (rows <= 0 || columns <= 0 || (long)rows * columns != length)
            throw new ArgumentException("Rows times columns must be the length.", parameter);
    }

    private readonly ref struct FloatRows(ReadOnlySpan<float> source, int columns) : IImageRows
    {
        private readonly ReadOnlySpan<float> _source = source;

        public ReadOnlySpan<float> Row(int row, Span<float> scratch) => _source.Slice(row * columns, columns);
    }

    private readonly ref struct ByteRows(ReadOnlySpan<byte> source, int columns) : IImageRows
    {
        private readonly ReadOnlySpan<byte> _source = source;

        public ReadOnlySpan<float> Row(int row, Span<float> scratch)
        {
            TensorPrimitives.ConvertTruncating(_source.Slice(row * columns, columns), scratch);
            return scratch;
        }
    }
}
