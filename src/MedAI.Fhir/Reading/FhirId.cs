using System.Text.RegularExpressions;

namespace MedAI.Fhir.Reading;

/// <summary>FHIR's data type id: what may stand in an address without an escape.</summary>
public static partial class FhirId
{
    public static bool IsValid(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9\-.]{1,64}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Pattern();
}
