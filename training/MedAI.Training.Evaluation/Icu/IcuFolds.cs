using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>Sets every stay into one of five folds by its number alone, so that trainer, evaluator and tests agree without a list.</summary>
internal static class IcuFolds
{
    public const int Count = 5;

    private const int Seed = 2012;

    /// <summary>Fold of a stay: SHA-256 of seed and RecordID, so that no pattern in the numbers reaches the folds.</summary>
    public static int Of(int recordId) =>
        (int)(BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Seed}:{recordId}")))) % Count);
}
