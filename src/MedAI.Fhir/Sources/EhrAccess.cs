using System.Text.RegularExpressions;

namespace MedAI.Fhir.Sources;

/// <summary>What an EHR lent us with a hook so that we can ask its FHIR server (<c>fhirAuthorization</c>).</summary>
/// <param name="Token">Never stored and never logged; sent to <c>fhirServer</c> alone.</param>
/// <param name="Expires">After it the token is not used.</param>
/// <param name="Scope">SMART scopes, blank-separated: v1 (<c>patient/Observation.read</c>) or v2 (<c>patient/Observation.rs</c>).</param>
/// <param name="PatientId">The patient that the token is restricted to; null where it names none.</param>
public sealed partial record EhrAccess(string Token, DateTimeOffset Expires, string Scope, string? PatientId)
{
    /// <summary>True when the scopes allow to read and to search the type without a restriction of their own.</summary>
    /// <remarks>A scope with a query (<c>patient/Observation.rs?category=laboratory</c>) gives a part of what matches; nothing is computed from a part.</remarks>
    public bool MayRead(string resourceType)
    {
        foreach (Match scope in ResourceScope().Matches(Scope))
        {
            string type = scope.Groups["type"].Value, right = scope.Groups["right"].Value;
            if ((type == "*" || type == resourceType) && (right is "read" or "*" || (right.Contains('r', StringComparison.Ordinal) && right.Contains('s', StringComparison.Ordinal) && IsV2(right))))
                return true;
        }
        return false;
    }

    /// <summary>Tells nothing: tokens do not go into logs.</summary>
    public override string ToString() => nameof(EhrAccess);

    private static bool IsV2(string right) => right.AsSpan().IndexOfAnyExcept("cruds") < 0;

    [GeneratedRegex(@"(?<=^|\s)(patient|user|system)/(?<type>\*|[A-Za-z]{1,64})\.(?<right>\*|[a-z]{1,8})(?=\s|$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ResourceScope();
}
