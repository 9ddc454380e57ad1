using System.Text.Json;
using MedAI.Fhir.Reading;
using MedAI.Models.Images;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Reads what a model needs to know of an image from its DICOM JSON; identity stays behind.</summary>
/// <remarks>
/// What is there and cannot be read becomes a value that no rule accepts, never a default: a window that was lost would change the picture.
/// The description is of the stored object and the pixels are of the transcoded one; for grey images the two agree.
/// </remarks>
internal static class ImageAttributesReader
{
    /// <summary>Entries of the largest table (16-bit input).</summary>
    private const int LargestTable = 65_536;

    /// <summary>Windows that are read; a few are usual.</summary>
    private const int MostWindows = 64;

    /// <param name="image">The image's attributes.</param>
    /// <param name="patient">The Patient resource; gives the sex.</param>
    /// <param name="age">How old the patient was.</param>
    /// <param name="elsewhere">Words of the tables whose data the server keeps at an address of their own, by sequence.</param>
    public static ImageAttributes Read(DicomAttributes image, JsonElement patient, AgeAtStudy age, IReadOnlyDictionary<string, ushort[]>? elsewhere = null)
    {
        bool signed = image.UnsignedShort(DicomTag.PixelRepresentation) == 1;
        return new ImageAttributes
        {
            Modality = image.Text(DicomTag.Modality),
            BodyPart = image.Text(DicomTag.BodyPartExamined),
            ViewPosition = image.Text(DicomTag.ViewPosition),
            PatientAgeYears = age.Years,
            PatientSex = PatientReader.SexOf(FhirJson.Text(FhirJson.Member(patient, "gender"u8))),
            PixelEncoding = Encoding(image),
            Rows = image.UnsignedShort(DicomTag.Rows) ?? 0,
            Columns = image.UnsignedShort(DicomTag.Columns) ?? 0,
            NumberOfFrames = image.Text(DicomTag.NumberOfFrames) is null ? null : image.Integer(DicomTag.NumberOfFrames) ?? 0,
            SamplesPerPixel = image.UnsignedShort(DicomTag.SamplesPerPixel) ?? 0,
            PhotometricInterpretation = image.Text(DicomTag.PhotometricInterpretation),
            PlanarConfiguration = image.UnsignedShort(DicomTag.PlanarConfiguration),
            BitsAllocated = image.UnsignedShort(DicomTag.BitsAllocated) ?? 0,
            BitsStored = image.UnsignedShort(DicomTag.BitsStored) ?? 0,
            HighBit = image.Has(DicomTag.HighBit) ? image.UnsignedShort(DicomTag.HighBit) ?? -1 : null,
            IsSigned = signed,
            PixelPaddingValue = image.Integer(DicomTag.PixelPaddingValue),
            PixelPaddingRangeLimit = image.Integer(DicomTag.PixelPaddingRangeLimit),
            ModalityLut = Table(image, DicomTag.ModalityLutSequence, signed, elsewhere),
            RescaleSlope = Present(image, DicomTag.RescaleSlope),
            RescaleIntercept = Present(image, DicomTag.RescaleIntercept),
            VoiLut = Table(image, DicomTag.VoiLutSequence, IsVoiInputSigned(image, signed), elsewhere),
            Windows = Windows(image),
            VoiLutFunction = image.Text(DicomTag.VoiLutFunction),
            PresentationLutShape = image.Text(DicomTag.PresentationLutShape),
            BurnedInAnnotation = image.Text(DicomTag.BurnedInAnnotation) == "YES",
            LossyCompression = image.Text(DicomTag.LossyImageCompression) == "01",
        };
    }

    private static PixelEncoding Encoding(DicomAttributes image) =>
        image.Has(DicomTag.FloatPixelData) || image.Has(DicomTag.DoubleFloatPixelData) ? PixelEncoding.Float
        : image.Has(DicomTag.Rows) || image.Has(DicomTag.Columns) || image.Has(DicomTag.BitsAllocated) ? PixelEncoding.Native
        : PixelEncoding.None;

    /// <summary>Null where there is no value; NaN where there is one that is no number.</summary>
    private static double? Present(DicomAttributes image, string tag) => image.Text(tag) is null ? null : image.Number(tag) ?? double.NaN;

    private static VoiWindow[] Windows(DicomAttributes image)
    {
        var centers = image.Numbers(DicomTag.WindowCenter, MostWindows);
        var widths = image.Numbers(DicomTag.WindowWidth, MostWindows);
        if (centers is null || widths is null || centers.Length != widths.Length)
            return [new VoiWindow(double.NaN, double.NaN)];
        return [.. centers.Zip(widths, (center, width) => new VoiWindow(center, width))];
    }

    /// <summary>Tables whose data the server did not write into the description but gives at an address (PS3.18 F.2.6).</summary>
    /// <remarks>Orthanc does so for every table that a file stores as OW, whatever its size.</remarks>
    public static IEnumerable<(string Sequence, string Address, int Entries)> TablesElsewhere(DicomAttributes image)
    {
        foreach (string sequence in (string[])[DicomTag.ModalityLutSequence, DicomTag.VoiLutSequence])
        {
            foreach (var item in image.Items(sequence).Take(1))
            {
                var table = new DicomAttributes(item);
                if (Descriptor(table) is { } descriptor && table.BulkDataUri(DicomTag.LutData) is { } address)
                    yield return (sequence, address, descriptor.Entries);
            }
        }
    }

    /// <summary>The first table of a sequence; one without entries where it cannot be read.</summary>
    private static LookupTable? Table(DicomAttributes image, string sequence, bool signed, IReadOnlyDictionary<string, ushort[]>? elsewhere)
    {
        foreach (var item in image.Items(sequence))
        {
            var table = new DicomAttributes(item);
            if (Descriptor(table) is not var (entries, first, bits))
                return new LookupTable(0, 16, default);
            // A negative first value is written as its bits where the descriptor is unsigned.
            int firstMapped = signed && first > short.MaxValue ? first - 65_536 : first;
            ushort[]? words = elsewhere?.GetValueOrDefault(sequence) ?? table.Words(DicomTag.LutData, entries);
            return new LookupTable(firstMapped, bits, words ?? default(ReadOnlyMemory<ushort>));
        }
        return null;
    }

    /// <summary>Whether the input of the VOI LUT can be negative, and its first value is therefore signed (PS3.3 C.11.2.1.1): the modality transform decides, not the pixels alone.</summary>
    private static bool IsVoiInputSigned(DicomAttributes image, bool signed)
    {
        if (image.Has(DicomTag.ModalityLutSequence))
            return false;
        int bits = Math.Clamp(image.UnsignedShort(DicomTag.BitsStored) ?? 16, 1, 16);
        double lowest = signed ? -(1 << (bits - 1)) : 0;
        double highest = lowest + (1 << bits) - 1;
        double slope = image.Number(DicomTag.RescaleSlope) ?? 1;
        return Math.Min(slope * lowest, slope * highest) + (image.Number(DicomTag.RescaleIntercept) ?? 0) < 0;
    }

    /// <summary>Entries (0 means 65,536), first mapped value, bits per entry; null when they cannot be read.</summary>
    private static (int Entries, int First, int Bits)? Descriptor(DicomAttributes table) =>
        table.Numbers(DicomTag.LutDescriptor, 3) is [var count and >= 0 and <= LargestTable, var first and >= short.MinValue and <= ushort.MaxValue, var bits and >= 1 and <= 16]
            ? (count == 0 ? LargestTable : (int)count, (int)first, (int)bits)
            : null;
}
