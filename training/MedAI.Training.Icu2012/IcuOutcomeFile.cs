using System.Globalization;

namespace MedAI.Training.Icu2012;

/// <summary>Reads an outcome table of the challenge (<c>Outcomes-a.txt</c>).</summary>
public static class IcuOutcomeFile
{
    private const string Header = "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death";

    /// <summary>Reads the table at <paramref name="path"/>, keyed by RecordID.</summary>
    /// <exception cref="FormatException">The table has another heading or a line that is not six numbers.</exception>
    public static IReadOnlyDictionary<int, IcuOutcome> Read(string path)
    {
        using var reader = new StreamReader(path);
        return Parse(reader);
    }

    /// <summary>Reads a table from text, keyed by RecordID.</summary>
    /// <exception cref="FormatException">The table has another heading or a line that is not six numbers.</exception>
    public static IReadOnlyDictionary<int, IcuOutcome> Parse(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (reader.ReadLine()?.Trim() != Header)
        {
            throw new FormatException($"An outcome table begins with the line '{Header}'.");
        }

        var outcomes = new Dictionary<int, IcuOutcome>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            var cells = line.Split(',');
            if (cells.Length != 6)
            {
                throw new FormatException("A line of an outcome table has six cells.");
            }

            var numbers = Array.ConvertAll(cells, cell => int.Parse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
            outcomes[numbers[0]] = new IcuOutcome(
                numbers[0],
                KnownOrNull(numbers[1]),
                KnownOrNull(numbers[2]),
                KnownOrNull(numbers[3]),
                KnownOrNull(numbers[4]),
                numbers[5] == 1);
        }

        return outcomes;
    }

    private static int? KnownOrNull(int value) => value < 0 ? null : value;
}
