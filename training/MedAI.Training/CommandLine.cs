using System.Globalization;

namespace MedAI.Training;

/// <summary>A command and its options: <c>verb [package] --option value --flag</c>; an option that nobody asked for is an error.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _options = [];
    private readonly HashSet<string> _flags = [];

    /// <param name="arguments">Words of the command line.</param>
    /// <param name="flags">Options that take no value.</param>
    /// <exception cref="FormatException">A word is out of place, or an option is given twice or without its value.</exception>
    public CommandLine(IReadOnlyList<string> arguments, params IReadOnlyCollection<string> flags)
    {
        Verb = arguments.Count > 0 ? arguments[0] : "";
        var next = 1;
        if (arguments.Count > 1 && !arguments[1].StartsWith("--", StringComparison.Ordinal))
        {
            Package = arguments[1];
            next = 2;
        }

        for (; next < arguments.Count; next++)
        {
            if (!arguments[next].StartsWith("--", StringComparison.Ordinal))
                throw new FormatException($"Expected an option, found '{arguments[next]}'.");
            var name = arguments[next][2..];
            if (flags.Contains(name))
                _flags.Add(name);
            else if (++next == arguments.Count)
                throw new FormatException($"Option --{name} needs a value.");
            else if (!_options.TryAdd(name, arguments[next]))
                throw new FormatException($"Option --{name} is given twice.");
        }
    }

    public string Verb { get; }

    /// <summary>Id of the model package that the verb is about; null where none stands.</summary>
    public string? Package { get; }

    public string Required(string name) =>
        _options.Remove(name, out var value) ? value : throw new FormatException($"Option --{name} is missing.");

    public string? Optional(string name) => _options.Remove(name, out var value) ? value : null;

    public bool Flag(string name) => _flags.Remove(name);

    public double Number(string name, double usual) => Optional(name) is { } text
        ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException($"Option --{name} is not a number.")
        : usual;

    public int Whole(string name, int usual) => Optional(name) is { } text
        ? int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException($"Option --{name} is not a whole number.")
        : usual;

    /// <summary>Call after the last option was taken.</summary>
    /// <exception cref="FormatException">An option is left.</exception>
    public void Done()
    {
        if (_options.Keys.Concat(_flags).FirstOrDefault() is { } left)
            throw new FormatException($"Unknown option --{left}.");
    }
}
