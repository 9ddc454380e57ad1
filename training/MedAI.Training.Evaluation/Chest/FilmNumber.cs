using System.Globalization;
using System.Text.RegularExpressions;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>The number that a film's name gives its child, and the series the number counts in.</summary>
/// <remarks>
/// The publishers number four series, each from 1: <c>IM-0001-0001</c> and <c>NORMAL2-IM-0001-0001</c> (normal), <c>person1_bacteria_1</c> and
/// <c>person1_virus_1</c>. Whether equal numbers in two series are one child cannot be known from the files, so folds treat them as one (<see cref="Group"/>).
/// </remarks>
internal sealed partial record FilmNumber(string Series, int Value)
{
    public const string Bacteria = "bacteria";
    public const string Virus = "virus";
    public const string Normal1 = "IM";
    public const string Normal2 = "NORMAL2-IM";

    /// <summary>What is never divided between folds: every film of pneumonia, or every normal film, with this number, whatever its series.</summary>
    public string Group => (Series is Bacteria or Virus ? "person" : "normal") + Value.ToString(CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">The name follows none of the four patterns.</exception>
    public static FilmNumber Of(string file)
    {
        if (Person().Match(file) is { Success: true } person)
            return new FilmNumber(person.Groups[2].Value, Whole(person.Groups[1]));
        if (Normal().Match(file) is { Success: true } normal)
            return new FilmNumber(normal.Groups[1].Value, Whole(normal.Groups[2]));
        throw new FormatException($"'{file}' is not named like a film of the Kermany set.");
    }

    private static int Whole(Group text) => int.Parse(text.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^person([0-9]{1,6})_(bacteria|virus)_[0-9]+(_[0-9]+)?\.jpeg$")]
    private static partial Regex Person();

    [GeneratedRegex(@"^((?:NORMAL2-)?IM)-([0-9]{1,6})-[0-9]+(-[0-9]+)?\.jpeg$")]
    private static partial Regex Normal();
}
