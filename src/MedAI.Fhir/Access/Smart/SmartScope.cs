using System.Text.RegularExpressions;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Whose resources a scope is about.</summary>
public enum ScopeContext
{
    /// <summary>Those of the patient that the token names.</summary>
    Patient,
    /// <summary>Those that the user may see.</summary>
    User,
    /// <summary>Those that the client itself may see.</summary>
    System,
}

/// <summary>One SMART scope for resources: <c>patient/Observation.rs</c> (v2) or <c>patient/Observation.read</c> (v1).</summary>
/// <param name="Type">Resource type; null for all.</param>
/// <param name="Rights">Some of c, r, u, d, s.</param>
public sealed partial record SmartScope(ScopeContext Context, string? Type, string Rights)
{
    /// <summary>Reads a scope; null for what is no scope of resources, or one that is not granted here.</summary>
    /// <remarks>
    /// A scope with a restriction (<c>patient/Observation.rs?category=laboratory</c>) gives a part of what the scope without it gives. This server does not tell such parts
    /// from the rest, and therefore grants nothing for it: never more than was given.
    /// </remarks>
    public static SmartScope? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
            return null;
        string rights = match.Groups["rights"].Value switch
        {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            var v2 => v2,
        };
        var context = match.Groups["context"].Value switch
        {
            "patient" => ScopeContext.Patient,
            "user" => ScopeContext.User,
            _ => ScopeContext.System,
        };
        return new SmartScope(context, match.Groups["type"].Value is var type && type == "*" ? null : type, rights);
    }

    /// <summary>True when it gives the right for resources of the type.</summary>
    public bool Gives(string type, char right) => (Type is null || Type == type) && Rights.Contains(right, StringComparison.Ordinal);

    /// <summary>As it is written in a token of version 2.</summary>
    public override string ToString() => $"{Context.ToString().ToLowerInvariant()}/{Type ?? "*"}.{Rights}";

    // The letters of version 2 stand in this order, at least one of them.
    [GeneratedRegex(@"^(?<context>patient|user|system)/(?<type>\*|[A-Z][A-Za-z]{1,63})\.(?<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Form();
}
