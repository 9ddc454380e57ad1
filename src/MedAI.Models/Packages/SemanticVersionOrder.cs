using System.Numerics;

namespace MedAI.Models.Packages;

/// <summary>Orders versions as semver.org does: 1.10.0 after 1.9.0, a pre-release before its release; build metadata does not count.</summary>
internal sealed class SemanticVersionOrder : IComparer<string>
{
    public static SemanticVersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        (string[] coreX, string[] preX) = Split(x ?? "");
        (string[] coreY, string[] preY) = Split(y ?? "");
        for (int i = 0; i < Math.Min(coreX.Length, coreY.Length); i++)
        {
            int c = CompareIdentifier(coreX[i], coreY[i]);
            if (c != 0)
                return c;
        }
        if (preX.Length == 0 || preY.Length == 0)
            return preY.Length.CompareTo(preX.Length);
        for (int i = 0; i < Math.Min(preX.Length, preY.Length); i++)
        {
            int c = CompareIdentifier(preX[i], preY[i]);
            if (c != 0)
                return c;
        }
        return preX.Length.CompareTo(preY.Length);
    }

    private static (string[] Core, string[] Pre) Split(string version)
    {
        string main = version.Split('+')[0];
        int hyphen = main.IndexOf('-');
        return hyphen < 0 ? (main.Split('.'), []) : (main[..hyphen].Split('.'), main[(hyphen + 1)..].Split('.'));
    }

    private static int CompareIdentifier(string x, string y)
    {
        bool numberX = x.Length > 0 && x.All(char.IsAsciiDigit);
        bool numberY = y.Length > 0 && y.All(char.IsAsciiDigit);
        if (numberX && numberY)
            return BigInteger.Parse(x).CompareTo(BigInteger.Parse(y));
        return numberX != numberY ? (numberX ? -1 : 1) : string.CompareOrdinal(x, y);
    }
}
