namespace MedAI.Fhir.DicomWeb;

/// <summary>How an image's pixels lie in its frame, known before a single one is fetched.</summary>
/// <param name="Rows">1 to 65535.</param>
/// <param name="Columns">1 to 65535.</param>
/// <param name="BitsAllocated">8 or 16.</param>
/// <param name="BitsStored">1 to <paramref name="BitsAllocated"/>.</param>
/// <param name="HighBit">Place of the highest stored bit.</param>
/// <param name="Signed">True for two's complement.</param>
/// <param name="Inverted">True for MONOCHROME1: the lowest value is white.</param>
internal readonly record struct PixelLayout(int Rows, int Columns, int BitsAllocated, int BitsStored, int HighBit, bool Signed, bool Inverted)
{
    /// <summary>Bytes of the frame; 65535 squared times 2 passes 32 bits.</summary>
    public long ByteLength => checked((long)Rows * Columns * (BitsAllocated / 8));

    /// <summary>Reads the layout of a single grey frame.</summary>
    /// <remarks>
    /// The description is of the stored object and the pixels are of the transcoded one. For grey images the two agree; for colour they need not
    /// (a stored YBR comes back as RGB), so colour is refused here.
    /// </remarks>
    /// <returns>A coded reason, or null when the layout is supported.</returns>
    public static string? Read(DicomAttributes image, out PixelLayout layout)
    {
        layout = default;
        if (image.Has(DicomTag.FloatPixelData) || image.Has(DicomTag.DoubleFloatPixelData))
            return "float-pixels";
        if (!image.Has(DicomTag.Rows) && !image.Has(DicomTag.Columns) && !image.Has(DicomTag.BitsAllocated))
            return "no-pixels";
        if (image.Has(DicomTag.NumberOfFrames) && image.Integer(DicomTag.NumberOfFrames) is not (null or 1))
            return "multi-frame";
        string? photometric = image.Text(DicomTag.PhotometricInterpretation);
        if (photometric == "PALETTE COLOR")
            return "palette";
        if (image.UnsignedShort(DicomTag.SamplesPerPixel) != 1 || photometric is not ("MONOCHROME1" or "MONOCHROME2"))
            return "colour";
        int? allocated = image.UnsignedShort(DicomTag.BitsAllocated);
        if (allocated == 1)
            return "one-bit";
        if (allocated is not (8 or 16) || image.UnsignedShort(DicomTag.BitsStored) is not { } stored || stored < 1 || stored > allocated)
            return "bits";
        int high = image.UnsignedShort(DicomTag.HighBit) ?? stored - 1;
        if (high < stored - 1 || high >= allocated || image.UnsignedShort(DicomTag.PixelRepresentation) is not { } representation || representation > 1)
            return "bits";
        if (image.UnsignedShort(DicomTag.Rows) is not (> 0 and var rows) || image.UnsignedShort(DicomTag.Columns) is not (> 0 and var columns))
            return "geometry";
        layout = new PixelLayout(rows, columns, allocated.Value, stored, high, representation == 1, photometric == "MONOCHROME1");
        return null;
    }
}
