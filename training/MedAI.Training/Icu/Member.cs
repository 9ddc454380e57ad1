using MedAI.Training.Evaluation.Icu;

namespace MedAI.Training.Icu;

/// <summary>What a member of the ensemble is made of.</summary>
internal enum MemberKind
{
    /// <summary>Gated recurrent unit over the grid.</summary>
    Recurrent,

    /// <summary>Boosted trees that search thresholds.</summary>
    SearchedTrees,

    /// <summary>Boosted trees that draw thresholds at random.</summary>
    DrawnTrees,
}

/// <summary>One member: its kind and the fold that it never sees.</summary>
internal sealed record Member(MemberKind Kind, int HeldFold)
{
    /// <summary>Every member in the order of the graph's member logits.</summary>
    public static IReadOnlyList<Member> All { get; } =
        [.. Enum.GetValues<MemberKind>().SelectMany(kind => Enumerable.Range(0, IcuFolds.Count).Select(fold => new Member(kind, fold)))];

    public string FileName => Kind switch
    {
        MemberKind.Recurrent => $"recurrent-{HeldFold}.weights",
        MemberKind.SearchedTrees => $"searched-trees-{HeldFold}.txt",
        _ => $"drawn-trees-{HeldFold}.txt",
    };

    /// <summary>Seed of everything random about this member.</summary>
    public int SeedOf(int seed) => seed + (1000 * (1 + (int)Kind)) + HeldFold;
}
