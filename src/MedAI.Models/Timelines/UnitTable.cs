using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>The closed list of units in which a code's values are accepted, with the words that stand for them.</summary>
/// <remarks>
/// Canonical = value * factor + offset. A UCUM code (case-sensitive) is taken from the table as it is. Words apply only without the UCUM
/// system, or where the UCUM code is not in the table but is one that senders are known to misuse (F is farad, K is kelvin): the
/// manifest lists those words, and the value is flagged. Anything else is refused, never guessed. Immutable; resolving does not allocate.
/// </remarks>
internal sealed class UnitTable
{
    public const string UcumSystem = "http://unitsofmeasure.org";

    private readonly Unit[] _units;
    private readonly Alias[] _aliases;

    /// <summary>A missing unit means this one (scores and pH, which are often sent bare); -1 when a unit is always needed.</summary>
    private readonly int _bare = -1;

    public UnitTable(string canonical, IReadOnlyList<ManifestUnit> units, IReadOnlyList<ManifestUnitAlias> aliases, bool canonicalImplied)
    {
        var table = new List<Unit>(units.Count + 1);
        foreach (var unit in units)
            table.Add(new Unit(unit.Code, unit.Factor, unit.Offset));
        if (canonicalImplied && !table.Exists(u => u.Code == canonical))
            table.Insert(0, new Unit(canonical, 1, 0));
        _units = [.. table];

        var words = new List<Alias>(aliases.Count);
        foreach (var alias in aliases)
        {
            int unit = table.FindIndex(u => u.Code == alias.Code);
            if (unit < 0)
                continue;
            if (alias.Text.Length > 0)
                words.Add(new Alias(alias.Text, unit));
            else if (IsDimensionless(alias.Code))
                _bare = unit;
        }
        _aliases = [.. words];
    }

    /// <summary>Finds what the stated unit means.</summary>
    /// <param name="system">Unit system, null when absent.</param>
    /// <param name="code">Coded unit, null when absent.</param>
    /// <param name="text">Unit as displayed, null when absent.</param>
    /// <param name="unit">Its factor and offset.</param>
    /// <param name="alias">The unit was a word, not a UCUM code.</param>
    /// <returns>Null when found, else why not.</returns>
    public RejectionReason? Resolve(string? system, string? code, string? text, out Unit unit, out bool alias)
    {
        unit = default;
        alias = false;
        var codeWord = code.AsSpan().Trim();
        if (system == UcumSystem && !codeWord.IsEmpty)
        {
            // Exactly as sent: UCUM codes hold no blanks, so a padded one is a word.
            int exact = IndexOf(code);
            if (exact < 0)
            {
                exact = IndexOfAlias(codeWord);
                alias = true;
            }
            if (exact < 0)
                return RejectionReason.UnknownUnit;
            unit = _units[exact];
            return null;
        }

        alias = true;
        var textWord = text.AsSpan().Trim();
        if (codeWord.IsEmpty && textWord.IsEmpty)
        {
            if (_bare < 0)
                return RejectionReason.MissingUnit;
            unit = _units[_bare];
            return null;
        }
        int byCode = IndexOfWord(codeWord);
        int byText = IndexOfWord(textWord);
        if (byCode < 0 && byText < 0)
            return RejectionReason.UnknownUnit;
        // Two words of one quantity that mean different things: there is no telling which is right.
        if (byCode >= 0 && byText >= 0 && !_units[byCode].ConvertsLike(_units[byText]))
            return RejectionReason.UnknownUnit;
        unit = _units[byCode >= 0 ? byCode : byText];
        return null;
    }

    private int IndexOfWord(ReadOnlySpan<char> word)
    {
        if (word.IsEmpty)
            return -1;
        int alias = IndexOfAlias(word);
        return alias >= 0 ? alias : IndexOf(word);
    }

    private int IndexOf(ReadOnlySpan<char> code)
    {
        for (int i = 0; i < _units.Length; i++)
        {
            if (code.SequenceEqual(_units[i].Code))
                return i;
        }
        return -1;
    }

    private int IndexOfAlias(ReadOnlySpan<char> word)
    {
        foreach (var alias in _aliases)
        {
            if (word.SequenceEqual(alias.Text))
                return alias.Unit;
        }
        return -1;
    }

    private static bool IsDimensionless(string code) => code is "1" or "[pH]" || (code.Length > 2 && code[0] == '{' && code[^1] == '}');

    /// <summary>One accepted unit.</summary>
    public readonly record struct Unit(string Code, double Factor, double Offset)
    {
        /// <summary>A mere other name of the canonical unit, such as meq/L of a monovalent ion.</summary>
        public bool IsIdentity => Factor == 1 && Offset == 0;

        public double ToCanonical(double value) => value * Factor + Offset;

        public bool ConvertsLike(in Unit other) => Factor == other.Factor && Offset == other.Offset;
    }

    private readonly record struct Alias(string Text, int Unit);
}
