namespace MedAI.Models.Packages;

/// <summary>A LOINC code is a number, a hyphen and a mod 10 check digit, so that a mistyped code is found.</summary>
internal static class LoincCode
{
    public const string System = "http://loinc.org";

    public static bool IsValid(ReadOnlySpan<char> code)
    {
        int hyphen = code.Length - 2;
        if (hyphen is < 1 or > 7 || code[hyphen] != '-' || !char.IsAsciiDigit(code[^1]))
            return false;
        int sum = 0;
        bool twice = true;
        for (int i = hyphen - 1; i >= 0; i--, twice = !twice)
        {
            if (!char.IsAsciiDigit(code[i]))
                return false;
            int digit = code[i] - '0';
            if (twice)
                digit = digit < 5 ? digit * 2 : digit * 2 - 9;
            sum += digit;
        }
        return (10 - sum % 10) % 10 == code[^1] - '0';
    }
}
