namespace MedAI.Fhir;

/// <summary>The short forms of the command line.</summary>
public static class CommandLine
{
    private static readonly Dictionary<string, string> ShortForms = new(StringComparer.Ordinal)
    {
        ["--data"] = "--Store:DataFolder",
        ["--models"] = "--MedAI:ModelsFolder",
        ["--samples"] = "--MedAI:SamplesFolder",
    };

    /// <summary>Rewrites short forms to configuration keys; <c>--demo</c> needs no value.</summary>
    public static string[] Expand(string[] args)
    {
        var expanded = new List<string>(args.Length + 1);
        foreach (string arg in args)
        {
            int equals = arg.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? arg : arg[..equals];
            string value = equals < 0 ? "" : arg[equals..];
            if (arg == "--demo")
                expanded.Add("--MedAI:Demo=true");
            else
                expanded.Add(ShortForms.TryGetValue(name, out string? key) ? key + value : arg);
        }
        return [.. expanded];
    }
}
