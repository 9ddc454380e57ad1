namespace MedAI.Fhir.Conformance;

/// <summary>One thing that a route of this server does. Whoever maps the route declares it, so that the CapabilityStatement lists only what works.</summary>
/// <param name="Kind">What sort of thing.</param>
/// <param name="Type">Resource type; null for the whole system.</param>
/// <param name="Code">Code of the interaction, code of the operation without the dollar sign, name of the search parameter, or [type]:[parameter] of an include.</param>
/// <param name="SearchType">Type of a search parameter: token, reference, date, string, number, uri.</param>
public sealed record ServedInteraction(ServedInteractionKind Kind, string? Type, string Code, string? SearchType = null)
{
    /// <summary>Id of an operation's definition; canonical of a search parameter that R4 does not define; null for everything else.</summary>
    public string? Definition { get; private init; }

    /// <summary>read, vread, history-instance, search-type, create, update, delete, ... of a type.</summary>
    public static ServedInteraction Of(string type, string interaction) => new(ServedInteractionKind.Interaction, type, interaction);

    /// <summary>batch, transaction, search-system, history-system.</summary>
    public static ServedInteraction OfSystem(string interaction) => new(ServedInteractionKind.Interaction, null, interaction);

    /// <summary>An operation on a type and its instances, or on the system where <paramref name="type"/> is null.</summary>
    /// <param name="definition">Id of its OperationDefinition; the code where it has no other.</param>
    public static ServedInteraction Operation(string? type, string code, string? definition = null) => new(ServedInteractionKind.Operation, type, code) { Definition = definition ?? code };

    /// <param name="definition">Canonical of its SearchParameter; null for one of R4.</param>
    public static ServedInteraction Search(string type, string parameter, string searchType, string? definition = null) =>
        new(ServedInteractionKind.SearchParameter, type, parameter, searchType) { Definition = definition };

    /// <summary>A reference whose target a search of the type can bring along, as [type]:[parameter].</summary>
    public static ServedInteraction Include(string type, string reference) => new(ServedInteractionKind.Include, type, reference);

    /// <summary>A reference of another type that points at matches of the type, as [type]:[parameter].</summary>
    public static ServedInteraction ReverseInclude(string type, string reference) => new(ServedInteractionKind.ReverseInclude, type, reference);
}
