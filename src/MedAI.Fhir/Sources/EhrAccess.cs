using System.Text.RegularExpressions;

namespace MedAI.Fhir.Sources;

/// <summary>What an EHR lent us with a hook so that we can ask its FHIR server (<c>fhirAuthorization</c>).</summary>
/// <param name="Token">Never stored and never logged; sent to <c>fhirServer</c> alone.</param>
/// <param name="Expires">After it the token is not used.</param>
/// <param name="Scope">SMART scopes, blank-separated: v1 (<c>patient/Observation.read</c>) or v2 (<c>patient/Observation.rs</c>).</param>
/// <param name="PatientId">The patient that the token is restricted to; null where it names none.</param>
public sealed partial record EhrAccess(string Token, DateTimeOffset Expires, string Scope, string? PatientId)
{
    /// <summary>True when the scopes allow what is asked for, without a restriction of their own.</summary>
    /// <param name="search">What is to be read by its id, or to be searched.</param>
    /// <remarks>A scope with a query (<c>patient/Observation.rs?category=laboratory</c>) gives a part of what matches; nothing is computed from a part.</remarks>
    public bool Allows(EhrSearch search)
    {
        foreach (Match scope in ResourceScope().Matches(Scope))
        {
            string type = scope.Groups["type"].Value, right = scope.Groups["right"].Value;
            if ((type == "*" || type == search.Type) && (right is "read" or "*" || (IsV2(right) && right.Contains(search.IsRead ? 'r' : 's', StringComparison.Ordinal))))
                return true;
        }
        return false;
    }

    /// <summary>Tells nothing: tokens do not go into logs.</summary>
    public override string ToString() => nameof(EhrAccess);

    /// <summary>Some of create, read, update, delete and search, in this order.</summary>
    private static bool IsV2(string right) => V2Rights().IsMatch(right);

    [GeneratedRegex(@"^c?r?u?d?s?\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex V2Rights();

    [GeneratedRegex(@"(?<=^|\s)(patient|user|system)/(?<type>\*|[A-Za-z]{1,64})\.(?<right>\*|[a-z]{1,8})(?=\s|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex ResourceScope();
}
