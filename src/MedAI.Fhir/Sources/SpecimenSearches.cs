using MedAI.Fhir.Assessments;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Sources;

/// <summary>Searches for the Specimens that fetched measurements name: with them a gas of venous blood is known as what it is, whatever its code says.</summary>
/// <remarks>By id, because the recommended search subset has no <c>_include</c>; a Specimen of somebody else is left out by the reader as everything else is.</remarks>
public static class SpecimenSearches
{
    /// <summary>As a prefetch key would be called; no client is asked for it.</summary>
    public const string Key = "specimens";

    /// <summary>A search that must go by GET stays below 4,000 characters.</summary>
    private const int IdsOfSearch = 50;

    /// <summary>400 blood gases in one model's window are more than a patient has.</summary>
    private const int MostSearches = 8;

    /// <summary>Searches for what is not in the documents; none where nothing depends on it.</summary>
    /// <param name="models">Whatever reads the documents.</param>
    public static EhrSearch[] For(IEnumerable<AssessableModel> models, ReadingRequest request) =>
        [.. models.SelectMany(m => m.Reader.MissingSpecimens(request)).Distinct(StringComparer.Ordinal).Chunk(IdsOfSearch).Take(MostSearches)
            .Select(ids => new EhrSearch(Key, $"Specimen?_id={string.Join(',', ids)}&_count={IdsOfSearch}"))];

    /// <summary>True where asking again would give no more: the values then count as where no specimen is named, and the result says so. What may be there the next time is not done without.</summary>
    public static bool AreWithheld(EhrError error) => error is EhrError.NotAllowed or EhrError.Refused or EhrError.NotOffered;
}
