namespace MedAI.Fhir.Store.Search;

/// <summary>What one version of a resource is found by, and whose it is.</summary>
internal sealed class SearchValues
{
    /// <summary>Stands for "somebody, but nobody that can be named": a caller who may see one patient never sees it.</summary>
    public const string SomeBody = "";

    public HashSet<TokenValue> Tokens { get; } = [];

    public HashSet<ReferenceValue> References { get; } = [];

    public HashSet<DateValue> Dates { get; } = [];

    public HashSet<NumberValue> Numbers { get; } = [];

    public HashSet<TextValue> Texts { get; } = [];

    /// <summary>Reference to the Patient, as it stands in the resource; <see cref="SomeBody"/> where it is about something that is no named Patient; null where it is about nobody.</summary>
    public string? Patient { get; set; }
}

/// <param name="Parameter">See <see cref="SearchParameter.Key"/>.</param>
internal readonly record struct TokenValue(string Parameter, string System, string Code);

/// <param name="Target">[Type]/[id] or an absolute URL, without version.</param>
/// <param name="Version">Empty where none is named.</param>
internal readonly record struct ReferenceValue(string Parameter, string Target, string Version);

internal readonly record struct DateValue(string Parameter, DateInterval Interval);

internal readonly record struct NumberValue(string Parameter, double Value);

/// <param name="Folded">See <see cref="FoldedText"/>.</param>
internal readonly record struct TextValue(string Parameter, string Folded, string Exact);
