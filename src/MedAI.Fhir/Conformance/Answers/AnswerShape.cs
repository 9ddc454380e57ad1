using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>What a client wants to see of the resources in an answer: <c>_summary</c>, <c>_elements</c>, <c>_pretty</c>.</summary>
/// <param name="Elements">Names of top-level elements, each alone or after a type and a dot; empty for all.</param>
public sealed partial record AnswerShape(bool Pretty, Summary Summary, IReadOnlyList<string> Elements)
{
    /// <summary>Names of the parameters that shape an answer and ask nothing.</summary>
    public static readonly IReadOnlyList<string> Parameters = ["_format", "_pretty", "_summary", "_elements"];

    private const int MostElements = 100;

    public static readonly AnswerShape Whole = new(false, Summary.False, []);

    /// <summary>True where something is left out.</summary>
    public bool IsSubset => Summary != Summary.False || Elements.Count > 0;

    /// <returns>The shape, or what is wrong with the parameters.</returns>
    public static (AnswerShape? Shape, Failure? Failure) Read(IQueryCollection query)
    {
        if (query.Count == 0)
            return (Whole, null);
        var issues = new List<FailureIssue>();
        bool pretty = One(query, "_pretty", issues) switch
        {
            null or "false" => false,
            "true" => true,
            _ => Wrong("_pretty is true or false.", "http._pretty"),
        };
        var summary = One(query, "_summary", issues) switch
        {
            null or "false" => Summary.False,
            "true" => Summary.True,
            "text" => Summary.Text,
            "data" => Summary.Data,
            "count" => Summary.Count,
            _ => Wrong("_summary is true, text, data, count or false.", "http._summary") ? Summary.True : Summary.False,
        };
        string[] elements = [.. query["_elements"].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        if (elements.Length > MostElements || elements.Any(e => !ElementName().IsMatch(e)))
            Wrong($"_elements is a list of at most {MostElements} names of elements.", "http._elements");
        else if (elements.Length > 0 && summary != Summary.False)
            Wrong("_elements and _summary exclude each other.", "http._elements");
        return issues.Count > 0 ? (null, new Failure(FailureCode.InvalidParameter, issues)) : (new AnswerShape(pretty, summary, elements), null);

        bool Wrong(string text, string where)
        {
            issues.Add(new FailureIssue(text, where));
            return false;
        }
    }

    private static string? One(IQueryCollection query, string name, List<FailureIssue> issues)
    {
        var values = query[name];
        if (values.Count > 1)
            issues.Add(new FailureIssue($"{name} may be given once.", "http." + name));
        return StringValues.IsNullOrEmpty(values) ? null : values[0];
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]{0,63}(\.[A-Za-z][A-Za-z0-9]{0,63}){0,3}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex ElementName();
}
