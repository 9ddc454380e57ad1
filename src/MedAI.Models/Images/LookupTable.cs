namespace MedAI.Models.Images;

/// <summary>A DICOM lookup table (PS3.3 C.11.1 and C.11.2): a whole number in, a whole number out.</summary>
/// <param name="FirstMapped">Input that the first entry belongs to; smaller inputs give the first entry too, larger ones beyond the end the last.</param>
/// <param name="BitsPerEntry">8 to 16: the output's range is 0 to 2^bits - 1.</param>
/// <param name="Entries">At least one.</param>
public sealed record LookupTable(int FirstMapped, int BitsPerEntry, ReadOnlyMemory<ushort> Entries)
{
    /// <summary>Largest possible output.</summary>
    public int Maximum => (1 << BitsPerEntry) - 1;

    /// <summary>Replaces each value by its entry; values between whole numbers go to the nearest one.</summary>
    public void Apply(Span<double> values)
    {
        ReadOnlySpan<ushort> entries = Entries.Span;
        foreach (ref double value in values)
        {
            double place = Math.Round(value, MidpointRounding.AwayFromZero) - FirstMapped;
            value = Math.Min(entries[(int)Math.Clamp(place, 0, entries.Length - 1)], Maximum);
        }
    }
}
