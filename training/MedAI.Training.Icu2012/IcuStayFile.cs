using System.Globalization;

namespace MedAI.Training.Icu2012;

/// <summary>Reads one stay file of the challenge (<c>Time,Parameter,Value</c>).</summary>
public static class IcuStayFile
{
    private const string Header = "Time,Parameter,Value";

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="FormatException">The file is not a stay file or names no RecordID.</exception>
    public static IcuStay Read(string path)
    {
        using var reader = new StreamReader(path);
        return Parse(reader);
    }

    /// <summary>Reads a stay from text.</summary>
    /// <exception cref="FormatException">The text is not a stay file or names no RecordID.</exception>
    public static IcuStay Parse(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (reader.ReadLine()?.Trim() != Header)
        {
            throw new FormatException($"A stay file begins with the line '{Header}'.");
        }

        int? recordId = null;
        double? age = null;
        double? gender = null;
        double? height = null;
        double? unit = null;
        var unreadable = 0;
        var events = new List<IcuEvent>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (!TryReadLine(line, out var entry))
            {
                unreadable++;
                continue;
            }

            switch (entry.Parameter)
            {
                case "RecordID":
                    recordId = checked((int)entry.Value);
                    break;
                case "Age":
                    age = KnownOrNull(entry.Value);
                    break;
                case "Gender":
                    gender = KnownOrNull(entry.Value);
                    break;
                case "Height":
                    height = KnownOrNull(entry.Value);
                    break;
                case "ICUType":
                    unit = KnownOrNull(entry.Value);
                    break;
                case "Weight" when entry.Value < 0:
                    break;
                default:
                    events.Add(entry);
                    break;
            }
        }

        return new IcuStay
        {
            RecordId = recordId ?? throw new FormatException("A stay file names its RecordID."),
            Age = age,
            Male = gender is null ? null : gender.Value != 0,
            HeightCm = height,
            Unit = unit is >= 1 and <= 4 ? (IcuUnit)(int)unit.Value : IcuUnit.Unknown,
            Events = events,
            UnreadableLines = unreadable,
        };
    }

    private static double? KnownOrNull(double value) => value < 0 ? null : value;

    private static bool TryReadLine(ReadOnlySpan<char> line, out IcuEvent entry)
    {
        entry = default;
        var first = line.IndexOf(',');
        var last = line.LastIndexOf(',');
        if (first <= 0 || last <= first)
        {
            return false;
        }

        var time = line[..first];
        var colon = time.IndexOf(':');
        var parameter = line[(first + 1)..last].Trim();
        if (colon <= 0
            || parameter.IsEmpty
            || !int.TryParse(time[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(time[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || !double.TryParse(line[(last + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || !double.IsFinite(value))
        {
            return false;
        }

        entry = new IcuEvent((hours * 60) + minutes, string.Intern(parameter.ToString()), value);
        return true;
    }
}
