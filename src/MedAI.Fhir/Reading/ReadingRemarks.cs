namespace MedAI.Fhir.Reading;

/// <summary>Stable codes of what a reader should know about the patient, the stay or the sources.</summary>
public static class ReadingRemarks
{
    /// <summary>Birth date known to the year; the first of January was taken.</summary>
    public const string BirthDateYearOnly = "birth-date-year-only";

    /// <summary>Birth date known to the month; its first day was taken.</summary>
    public const string BirthDateMonthOnly = "birth-date-month-only";

    /// <summary>Birth date absent, malformed or after as-of.</summary>
    public const string BirthDateUnusable = "birth-date-unusable";

    /// <summary>Resources of a record that was merged with this patient's were read.</summary>
    public const string PatientLinkFollowed = "patient-link-followed";

    /// <summary>Time zero is the start of an ICU-typed encounter, because no location with an ICU type and a period was given.</summary>
    public const string TimeZeroFromEncounter = "time-zero-from-encounter";

    /// <summary>The last ICU stay ended at or before as-of while the encounter goes on: there is no current stay.</summary>
    public const string IcuStayEnded = "icu-stay-ended";

    /// <summary>No encounter of the patient is in the data.</summary>
    public const string EncounterMissing = "encounter-missing";

    /// <summary>The encounter in context is not in the data.</summary>
    public const string EncounterNotFound = "encounter-not-found";

    /// <summary>There are encounters, none of them with an ICU location or type.</summary>
    public const string IcuStayUnknown = "icu-stay-unknown";

    /// <summary>An ICU stay's start is missing or known to the day only, so it gives no time zero.</summary>
    public const string StayStartImprecise = "stay-start-imprecise";

    /// <summary>More than one unconnected ICU stay covers as-of; the latest was taken.</summary>
    public const string SeveralStays = "several-stays";

    /// <summary>A search reported an information or warning, which was ignored.</summary>
    public const string SearchOutcomeIgnored = "search-outcome-ignored";

    /// <summary>Resources of other patients were left out, where the request says so.</summary>
    public const string ForeignResourcesDropped = "foreign-resources-dropped";

    /// <summary>One resource came in different states that no version or time tells apart.</summary>
    public const string VersionUndecidable = "version-undecidable";
}
