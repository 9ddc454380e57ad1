using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MedAI.Models.Images;

/// <summary>Stored samples of a frame: their bits, sign and padding.</summary>
/// <remarks>
/// With at most 16 bits every stored value is an index into a table of at most 65,536 entries, so that what a value becomes is worked out once per
/// value and looked up once per pixel. Samples are little-endian, as on every machine that ONNX Runtime runs on.
/// </remarks>
public readonly struct StoredPixels
{
    private readonly int _shift;
    private readonly int _mask;
    private readonly int _signBit;
    private readonly int _bytes;

    /// <param name="image">Without fault by <see cref="PixelFormatRules"/>.</param>
    public StoredPixels(ImageAttributes image)
    {
        ArgumentNullException.ThrowIfNull(image);
        _bytes = image.BitsAllocated / 8;
        _shift = (image.HighBit ?? image.BitsStored - 1) + 1 - image.BitsStored;
        _mask = (1 << image.BitsStored) - 1;
        _signBit = image.IsSigned ? 1 << (image.BitsStored - 1) : 0;
    }

    /// <summary>Number of different stored values.</summary>
    public int Count => _mask + 1;

    /// <summary>The stored value with this index: the same, or negative from the middle on where samples are signed.</summary>
    public int Value(int index) => (index ^ _signBit) - _signBit;

    /// <summary>Index of a stored value.</summary>
    public int Index(int value) => value & _mask;

    /// <summary>Writes every stored value at its index.</summary>
    /// <param name="values"><see cref="Count"/> long.</param>
    public void Values(Span<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = Value(i);
    }

    /// <summary>Marks the indexes that occur in the frame with 1.</summary>
    /// <param name="present"><see cref="Count"/> long, cleared.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void MarkPresent(ReadOnlySpan<byte> frame, Span<byte> present)
    {
        int shift = _shift, mask = _mask;
        if (_bytes == 1)
        {
            foreach (byte sample in frame)
                present[(sample >> shift) & mask] = 1;
            return;
        }
        foreach (ushort sample in MemoryMarshal.Cast<byte, ushort>(frame))
            present[(sample >> shift) & mask] = 1;
    }

    /// <summary>Looks every sample up.</summary>
    /// <param name="samples">Bytes of some samples.</param>
    /// <param name="table"><see cref="Count"/> long.</param>
    /// <remarks>Not inlined, as its neighbour is not: within the resampler's loop the compiler keeps its locals in memory, which made a 2000 by 2000 image three times slower.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void LookUp(ReadOnlySpan<byte> samples, ReadOnlySpan<float> table, Span<float> values)
    {
        int shift = _shift, mask = _mask;
        if (_bytes == 1)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = table[(samples[i] >> shift) & mask];
            return;
        }
        ReadOnlySpan<ushort> wide = MemoryMarshal.Cast<byte, ushort>(samples);
        for (int i = 0; i < values.Length; i++)
            values[i] = table[(wide[i] >> shift) & mask];
    }

    /// <summary>Lowest and highest stored value that mean "no pixel here"; null when there is none.</summary>
    /// <remarks>A value written with the other sign is taken for the one with the same bits; one beyond the stored bits matches nothing.</remarks>
    public (int Low, int High)? Padding(ImageAttributes image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.PixelPaddingValue is not { } value || Stored(value) is not { } first)
            return null;
        int last = image.PixelPaddingRangeLimit is { } limit && Stored(limit) is { } end ? end : first;
        return (Math.Min(first, last), Math.Max(first, last));
    }

    private int? Stored(int value) => value >= -(Count / 2) && value < Count ? Value(value & _mask) : null;
}
