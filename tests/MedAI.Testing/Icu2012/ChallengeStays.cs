using MedAI.Training.Icu2012;

namespace MedAI.Testing.Icu2012;

/// <summary>A little more than five hundred stays of the 2012 challenge, spread evenly over both sets, each with an instant to look at it.</summary>
/// <remarks>Unpacks into a temporary folder that is gone when the stays are read.</remarks>
public sealed class ChallengeStays
{
    /// <summary>Five hundred, and a few because some stays are empty or of a child.</summary>
    public const int Count = 512;

    /// <summary>What a test says when it is skipped.</summary>
    public const string Missing = "Needs the folder icu-stays/ of the public data (set MEDAI_DATA); it is not part of the repository.";

    // On the hour and off it, at the first and the last possible instant.
    private static readonly int[] Instants = [48 * 60, 6 * 60, 24 * 60, 12 * 60 + 1, 33 * 60 + 59, 47 * 60 + 17, 9 * 60 + 30, 48 * 60];

    public ChallengeStays()
    {
        string? folder = RepositoryRoot.Data is { } data ? Path.Combine(data, "icu-stays") : null;
        if (folder is null || !Directory.Exists(folder))
            return;
        using var stays = IcuStayFolder.Open(folder);
        var all = stays.ReadAll();
        Stays = [.. Enumerable.Range(0, Count).Select(i => (all[(int)((long)i * all.Count / Count)].Stay, Instants[i % Instants.Length]))];
    }

    /// <summary>Stay and minutes from admission to as-of; empty where the data is absent.</summary>
    public IReadOnlyList<(IcuStay Stay, int AsOfMinutes)> Stays { get; } = [];
}
