using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Store.Search;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Store.Writes;

/// <summary>Reads the conditions of a write from its headers.</summary>
internal static class WriteConditions
{
    /// <summary>Matches that are looked at: none, one, or too many.</summary>
    private const int Enough = 2;

    /// <summary><c>If-Match</c>; weak and strong tags mean the same version (R4, http.html 3.1.0.5).</summary>
    public static (VersionCondition? Condition, Failure? Failure) IfMatch(HttpRequest request)
    {
        if (request.Headers.IfMatch.Count == 0)
            return (null, null);
        if (!EntityTagHeaderValue.TryParseList(request.Headers.IfMatch, out var tags))
            return (null, new Failure(FailureCode.InvalidParameter, "If-Match holds tags of versions, for instance W/\"3\".", "http.If-Match"));
        return (new VersionCondition(tags.Any(t => t.Equals(EntityTagHeaderValue.Any)) ? [] : [.. tags.Select(t => t.Tag.ToString().Trim('"'))]), null);
    }

    /// <summary><c>If-None-Match: *</c>; another value means nothing for a write.</summary>
    public static bool OnlyNew(HttpRequest request) => request.Headers.IfNoneMatch is [{ } only] && only.Trim() == "*";

    /// <summary><c>If-None-Exist</c>: the parameters of a search.</summary>
    /// <param name="scope">What the caller may see.</param>
    public static (SearchQuery? Query, Failure? Failure) IfNoneExist(HttpRequest request, string type, AccessScope scope, string fhirBase, DateTimeOffset now)
    {
        if (!request.Headers.TryGetValue("If-None-Exist", out var header))
            return (null, null);
        return Query(header.Count == 1 ? header.ToString() : "", type, scope, fhirBase, now) is { } query
            ? (query, null)
            : (null, new Failure(FailureCode.InvalidParameter, $"If-None-Exist holds parameters by which {type} is searched, at least one and nothing else.", "http.If-None-Exist"));
    }

    /// <summary>A search that tells none, one and several apart.</summary>
    /// <param name="text">Parameters, perhaps after the type and a question mark.</param>
    /// <returns>Null where it asks nothing, or what the search does not know.</returns>
    public static SearchQuery? Query(string text, string type, AccessScope scope, string fhirBase, DateTimeOffset now)
    {
        string parameters = text.StartsWith(type + "?", StringComparison.Ordinal) ? text[(type.Length + 1)..] : text.TrimStart('?');
        if (SearchParameters.Of(type) is not { } definition)
            return null;
        (string Name, string Value)[] asked = [.. QueryHelpers.ParseQuery(parameters).SelectMany(p => p.Value.Select(v => (p.Key, v ?? "")))];
        var question = SearchQuestionReader.Read(definition, new SearchAsk(asked, Lenient: false, fhirBase, now));
        // What orders or shapes an answer is no condition.
        if (question.Failure(lenient: false) is not null || question.Criteria.Count == 0 || question.Criteria.Count != asked.Length)
            return null;
        // The writer asks again while all others wait: no search through every text.
        if (question.Criteria.Any(c => c.Alternatives.Any(a => a is TextAlternative { Match: TextMatch.Anywhere })))
            return null;
        return new SearchQuery(definition, scope) { Criteria = question.Criteria, Count = Enough, WithTotal = false, FhirBase = fhirBase, ReadableTypes = [] };
    }
}
