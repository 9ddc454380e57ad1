using MedAI.Models.Images;

namespace MedAI.Models.Tests.Images;

/// <summary>Images made up by tests.</summary>
internal static class TestImages
{
    /// <summary>A child's chest film that the test manifest accepts, of 8 bits.</summary>
    public static ImageAttributes Chest(int rows = 16, int columns = 12) => new()
    {
        Modality = "DX",
        BodyPart = "CHEST",
        ViewPosition = "AP",
        PatientAgeYears = 3,
        Rows = rows,
        Columns = columns,
        PhotometricInterpretation = "MONOCHROME2",
        BitsAllocated = 8,
        BitsStored = 8,
        HighBit = 7,
        Windows = [new VoiWindow(128, 256)],
    };

    /// <summary>Samples as a frame of the attributes' width; only the low bits that fit are written.</summary>
    public static MedicalImage Frame(ImageAttributes attributes, params int[] samples)
    {
        int bytes = attributes.BitsAllocated / 8;
        var frame = new byte[samples.Length * bytes];
        for (int i = 0; i < samples.Length; i++)
        {
            for (int b = 0; b < bytes; b++)
                frame[i * bytes + b] = (byte)(samples[i] >> (8 * b));
        }
        return new MedicalImage(attributes, frame);
    }

    /// <summary>A picture whose 8 by 8 version has all pixels at one grey, but for the first 32 that differ from it by the spread.</summary>
    public static MedicalImage Flat(int grey, int spread = 0) =>
        Frame(Chest(8, 8), [.. Enumerable.Range(0, 64).Select(i => i < 32 ? grey - spread : grey + spread)]);
}
