using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Store.Writes;

/// <summary>What the references of a resource are stored as: within this server relative, of a Bundle's entries the entry's resource.</summary>
/// <remarks>For one resource. What cannot be stored is remembered and makes the write fail.</remarks>
internal sealed class WrittenReferences(string fhirBase, IReadOnlyDictionary<string, string>? entries, string? sender)
{
    private bool _urn;
    private bool _search;

    /// <summary>Outside of a transaction.</summary>
    public static WrittenReferences Alone(string fhirBase) => new(fhirBase, null, null);

    /// <summary>In a transaction.</summary>
    /// <param name="entries">What fullUrls, and references by search, stand for.</param>
    /// <param name="sender">Base under which the entry itself stood where it came from; null where that is not said. Its relative references are of that server.</param>
    public static WrittenReferences InBundle(string fhirBase, IReadOnlyDictionary<string, string> entries, string? sender) => new(fhirBase, entries, sender);

    /// <summary>What a reference is to be instead; null where it stays.</summary>
    public string? Of(string reference)
    {
        if (entries is not null)
        {
            if (entries.TryGetValue(reference, out string? entry) || (sender is not null && entries.TryGetValue($"{sender}/{reference}", out entry)))
                return entry;
            _urn |= reference.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase);
        }
        _search |= SearchOf(reference) is not null;
        return reference.StartsWith(fhirBase + "/", StringComparison.Ordinal) ? reference[(fhirBase.Length + 1)..] : null;
    }

    /// <summary>Why the resource cannot be stored; null when it can.</summary>
    public Failure? Failure(string type) =>
        _urn ? new Failure(FailureCode.InvalidResource, "A reference by urn:uuid means no entry of the Bundle.", type)
        : _search ? new Failure(FailureCode.InvalidResource, "A reference by search is understood in a transaction, of a type that is kept here, by parameters that are known.", type)
        : null;

    /// <summary>Type of a reference by search, <c>Patient?identifier=...</c>; null for others.</summary>
    public static string? SearchOf(string reference)
    {
        int mark = reference.IndexOf('?', StringComparison.Ordinal);
        return mark > 0 && char.IsAsciiLetterUpper(reference[0]) && reference.AsSpan(0, mark).IndexOfAnyExcept(Letters) < 0 ? reference[..mark] : null;
    }

    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
