namespace MedAI.Fhir.Conformance.Answers;

/// <summary>How much of each resource an answer holds: <c>_summary</c> (FHIR R4, search.html 3.1.1.5.8).</summary>
public enum Summary
{
    /// <summary>Everything.</summary>
    False,
    /// <summary>The elements that the specification marks as summary, and whatever is required or changes the meaning of others.</summary>
    True,
    /// <summary>Narrative, id, meta and what is required.</summary>
    Text,
    /// <summary>Everything but the narrative.</summary>
    Data,
    /// <summary>How many matches there are; searches only.</summary>
    Count,
}
