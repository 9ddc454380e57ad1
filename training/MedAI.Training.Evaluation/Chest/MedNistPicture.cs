namespace MedAI.Training.Evaluation.Chest;

/// <summary>One picture of the MedNIST sample: hands, heads, abdomens, and adult chest films (CXR).</summary>
/// <remarks>Used to measure refusal, never for fitting or choosing.</remarks>
internal sealed record MedNistPicture(string Kind, int Rows, int Columns, byte[] Pixels)
{
    public const string FileName = "mednist64-sample.tar";

    private const int LargestBytes = 1 << 18;

    /// <exception cref="InvalidDataException">The archive is missing or damaged.</exception>
    public static IReadOnlyList<MedNistPicture> Read(string folder)
    {
        var pictures = new List<MedNistPicture>();
        foreach (var (name, bytes) in TarPictures.Read(ChestFolder.File(folder, FileName), LargestBytes))
        {
            if (name.Split('/') is not [.., var kind, _])
                throw new InvalidDataException($"{FileName} holds '{name}' outside a folder.");
            var (rows, columns, pixels) = GreyJpeg.Decode(name, bytes);
            pictures.Add(new MedNistPicture(kind, rows, columns, pixels));
        }

        return pictures;
    }
}
