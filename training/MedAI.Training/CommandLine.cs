using System.Globalization;

namespace MedAI.Training;

/// <summary>A command and its options: <c>name --option value ...</c>; an option that nobody asked for is an error.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _options = [];

    public CommandLine(IReadOnlyList<string> arguments)
    {
        Command = arguments.Count > 0 ? arguments[0] : "";
        for (var i = 1; i < arguments.Count; i += 2)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == arguments.Count)
                throw new FormatException($"Expected an option with a value, found '{arguments[i]}'.");
            _options[arguments[i][2..]] = arguments[i + 1];
        }
    }

    public string Command { get; }

    public string Required(string name) =>
        _options.Remove(name, out var value) ? value : throw new FormatException($"Option --{name} is missing.");

    public string? Optional(string name) => _options.Remove(name, out var value) ? value : null;

    public double Number(string name, double usual) => Optional(name) is { } text
        ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException($"Option --{name} is not a number.")
        : usual;

    public int Whole(string name, int usual) => Optional(name) is { } text
        ? int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException($"Option --{name} is not a whole number.")
        : usual;

    /// <summary>Call after the last option was taken.</summary>
    public void Done()
    {
        if (_options.Count > 0)
            throw new FormatException($"Unknown option --{_options.Keys.First()}.");
    }
}
