namespace MedAI.Fhir.Store.Search;

/// <summary>How the values of a search parameter are compared (FHIR R4, search.html 3.1.1.4).</summary>
public enum SearchKind
{
    Token,
    Reference,
    Date,
    Number,
    Text,
    Uri,
}

/// <summary>What FHIR calls the kinds.</summary>
public static class SearchKinds
{
    /// <summary>Code of the kind in a CapabilityStatement.</summary>
    public static string Code(this SearchKind kind) => kind switch
    {
        SearchKind.Token => "token",
        SearchKind.Reference => "reference",
        SearchKind.Date => "date",
        SearchKind.Number => "number",
        SearchKind.Uri => "uri",
        _ => "string",
    };
}
