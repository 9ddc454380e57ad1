using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Which of the suggestions that model packages declare this site makes, and under which of its own codes; section <c>Suggestions</c>: service id, suggestion id, code.</summary>
/// <remarks>Default none: a package proposes, the site decides. Example: <c>Suggestions:icu-mortality:repeat-lactate:Code</c>.</remarks>
public sealed class SuggestionOptions : Dictionary<string, Dictionary<string, SuggestedCode>>
{
    public const string Section = "Suggestions";
}

/// <summary>The site's code for what is suggested.</summary>
public sealed class SuggestedCode
{
    /// <summary>Absolute URI of the code system.</summary>
    public string System { get; set; } = "";

    public string Code { get; set; } = "";

    public string Display { get; set; } = "";
}

/// <summary>Refuses codes that an order could not be made with, before the server starts.</summary>
internal sealed class SuggestionOptionsValidator : IValidateOptions<SuggestionOptions>
{
    public ValidateOptionsResult Validate(string? name, SuggestionOptions options)
    {
        string[] problems = [.. options.SelectMany(service => service.Value.Where(s => !IsCode(s.Value))
            .Select(s => $"{SuggestionOptions.Section}:{service.Key}:{s.Key} needs System (an absolute URI), Code and Display."))];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static bool IsCode(SuggestedCode code) => Uri.TryCreate(code.System, UriKind.Absolute, out _) && !string.IsNullOrWhiteSpace(code.Code) && !string.IsNullOrWhiteSpace(code.Display);
}
