using System.Globalization;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;

namespace MedAI.Fhir.Store.Search;

/// <summary>Understands what a client asks: the parameters of a definition, and those that order, page and bring along.</summary>
/// <remarks>Issues name parameters of FHIR and never repeat what was sent.</remarks>
public static class SearchQuestionReader
{
    /// <summary>Values of one search: each costs a look into the index.</summary>
    private const int MostValues = 500;

    /// <summary>Keys of the order.</summary>
    private const int MostKeys = 4;

    public static SearchQuestion Read(SearchDefinition definition, SearchAsk ask)
    {
        var question = new SearchQuestion(definition);
        string? page = null;
        var once = new HashSet<string>(StringComparer.Ordinal);
        int position = 0;
        foreach (var (name, value) in ask.Parameters)
        {
            position++;
            if (name is "_count" or "_sort" or "_total" or "_page" && !once.Add(name))
            {
                question.Issues.Add(new FailureIssue($"{name} may be given once.", "http." + name));
                continue;
            }
            bool known = name switch
            {
                "_count" => Count(question, value),
                "_sort" => Sort(question, value),
                "_total" => Total(question, value),
                "_page" => (page = value) is not null,
                "_include" => Include(question, value, ask),
                "_revinclude" => ReverseInclude(question, value, ask),
                _ when AnswerShape.Parameters.Contains(name) => true,
                _ => Criterion(question, name, value, ask),
            };
            if (known)
                question.Used.Add((name, value));
            else
                question.Unknown.Add(UnknownParameter.Named(name, position));
            if (name == "_summary" && value == "count")
                question.Count = 0;
        }
        if (question.Criteria.Sum(c => c.Alternatives.Count) > MostValues)
            question.Issues.Add(new FailureIssue($"A search has at most {MostValues} values.", "http.query"));
        if (page is not null)
        {
            question.After = SearchCursor.Read(question, page);
            if (question.After is null)
                question.Issues.Add(new FailureIssue("_page is what a next link of the same search says.", "http._page"));
        }
        return question;
    }

    private static bool Count(SearchQuestion question, string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            question.Count = Math.Min(count, SearchQuestion.MostCount);
        else
            question.Issues.Add(new FailureIssue("_count is a number from 0 on.", "http._count"));
        return true;
    }

    private static bool Total(SearchQuestion question, string value)
    {
        if (value is not ("none" or "estimate" or "accurate"))
            question.Issues.Add(new FailureIssue("_total is none, estimate or accurate.", "http._total"));
        question.WithTotal = value != "none";
        return true;
    }

    private static bool Sort(SearchQuestion question, string value)
    {
        foreach (string key in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool descending = key[0] == '-';
            if (question.Definition.Find(descending ? key[1..] : key) is not { CanSort: true, Of: null } parameter || question.Order.Count == MostKeys)
            {
                question.Order.Clear();
                return false;
            }
            question.Order.Add(new SearchOrder(parameter, descending));
        }
        return true;
    }

    private static bool Include(SearchQuestion question, string value, SearchAsk ask)
    {
        if (value.Split(':') is not [var type, var name, .. var rest] || rest.Length > 1 || type != question.Definition.Type || question.Definition.Find(name) is not { Kind: SearchKind.Reference } parameter
            || ask.ReadableTypes.Count == 0)
            return false;
        string? target = rest is [var own] ? own : parameter.Of is null ? null : parameter.Targets[0];
        question.Includes.Add(new SearchInclude(type, parameter, target));
        return true;
    }

    private static bool ReverseInclude(SearchQuestion question, string value, SearchAsk ask)
    {
        if (value.Split(':') is not [var type, var name, .. var rest] || rest.Length > 1 || !ask.ReadableTypes.Contains(type) || (rest is [var target] && target != question.Definition.Type))
            return false;
        foreach (var (holder, parameter) in SearchParameters.PointingAt(question.Definition.Type))
        {
            if (holder == type && parameter.Name == name)
            {
                question.ReverseIncludes.Add(new SearchInclude(type, parameter, null));
                return true;
            }
        }
        return false;
    }

    private static bool Criterion(SearchQuestion question, string name, string value, SearchAsk ask)
    {
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        string? modifier = colon < 0 ? null : name[(colon + 1)..];
        if (question.Definition.Find(colon < 0 ? name : name[..colon]) is not { } parameter || !Knows(parameter, modifier))
            return false;
        var alternatives = new List<SearchAlternative>();
        foreach (string item in SearchText.Split(value, ','))
        {
            if (SearchValueParser.Parse(parameter, modifier, item, ask) is { } read)
            {
                if (read is not ReferenceAlternative { Targets.Count: 0 })
                    alternatives.Add(read);
            }
            else
            {
                question.Issues.Add(new FailureIssue(SearchValueParser.Wanted(parameter), "http." + parameter.Name));
                return true;
            }
        }
        question.Criteria.Add(new SearchCriterion(parameter, alternatives));
        return true;
    }

    private static bool Knows(SearchParameter parameter, string? modifier) => modifier is null || parameter.Kind switch
    {
        SearchKind.Text => modifier is "exact" or "contains",
        SearchKind.Reference => modifier.Length > 0 && char.IsAsciiLetterUpper(modifier[0]) && (parameter.Targets.Count == 0 ? SearchParameters.Of(modifier) is not null : parameter.Targets.Contains(modifier)),
        _ => false,
    };
}
