namespace MedAI.Fhir.Conformance.Answers;

/// <summary>Whether a search passes over what it does not know: <c>Prefer: handling=lenient</c> (FHIR R4, http.html 3.1.0.1.7). Default: strict.</summary>
internal static class HandlingPreference
{
    public static bool IsLenient(HttpRequest request) => request.Headers["Prefer"].Any(p => p?.Contains("handling=lenient", StringComparison.OrdinalIgnoreCase) == true);
}
