using System.Collections.Frozen;
using System.Text;

namespace MedAI.Fhir.Conformance;

/// <summary>Stable codes made from the names of enum members: <c>OutsideHardRange</c> is <c>outside-hard-range</c>.</summary>
public static class KebabCase
{
    public static string Of<T>(T value) where T : struct, Enum => Codes<T>.All.TryGetValue(value, out string? code) ? code : Of(value.ToString());

    private static string Of(string name)
    {
        var code = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && code.Length > 0)
                code.Append('-');
            code.Append(char.ToLowerInvariant(c));
        }
        return code.ToString();
    }

    private static class Codes<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> All = Enum.GetValues<T>().Distinct().ToFrozenDictionary(value => value, value => Of(value.ToString()));
    }
}
