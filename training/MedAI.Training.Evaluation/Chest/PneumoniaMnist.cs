namespace MedAI.Training.Evaluation.Chest;

/// <summary>One official part of PneumoniaMNIST: pictures of 28 by 28 bytes and whether each shows pneumonia.</summary>
/// <remarks>The same films as Kermany's, without ids: never mixed with them.</remarks>
internal sealed record PneumoniaMnist(byte[][] Pictures, bool[] Pneumonia)
{
    public const int Side = 28;
    public const string FileName = "pneumoniamnist_28_rebuilt.npz";

    /// <param name="folder">The data folder.</param>
    /// <param name="part">train, val or test.</param>
    /// <exception cref="InvalidDataException">The file is missing, damaged or not this set.</exception>
    public static PneumoniaMnist Read(string folder, string part)
    {
        var path = ChestFolder.File(folder, FileName);
        var (shape, values) = NumpyArchive.Read(path, $"{part}_images");
        var (labelShape, labels) = NumpyArchive.Read(path, $"{part}_labels");
        if (shape is not [var count, Side, Side] || labelShape.Length == 0 || labelShape[0] != count || labels.Length != count || labels.Any(l => l > 1))
            throw new InvalidDataException($"{FileName} holds no pictures of {Side} by {Side} with one label each in '{part}'.");
        return new PneumoniaMnist([.. Enumerable.Range(0, count).Select(i => values.AsSpan(i * Side * Side, Side * Side).ToArray())], [.. labels.Select(l => l == 1)]);
    }

    /// <summary>Pictures as a graph takes them.</summary>
    public float[][] Inputs() => Array.ConvertAll(Pictures, p => Array.ConvertAll(p, v => v / 255f));
}
