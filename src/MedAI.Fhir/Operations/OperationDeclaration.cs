using Hl7.Fhir.Model;
using MedAI.Fhir.Access.Smart;

namespace MedAI.Fhir.Operations;

/// <summary>What an operation is: the routes, the checks of its input, its OperationDefinition and the one of <c>profiles/</c> are all made of this.</summary>
public sealed record OperationDeclaration
{
    /// <summary>Code without the dollar sign.</summary>
    public required string Code { get; init; }

    /// <summary>Id of its OperationDefinition: the code, unless two operations share that.</summary>
    public string Id { get => field ?? Code; init; }

    /// <summary>Computer-friendly name, as R4 wants it: a letter, then letters, digits and underscores.</summary>
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>What it does at every installation, whichever models are loaded; in Markdown.</summary>
    public required string Description { get; init; }

    /// <summary>How it behaves, in Markdown.</summary>
    public required string Comment { get; init; }

    /// <summary>Types of the type and instance levels.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    public bool OnSystem { get; init; }

    public bool OnType { get; init; }

    public bool OnInstance { get; init; }

    /// <summary>True where it stores something besides the audit trail: then it is never a GET (R4, operations.html 3.2.0).</summary>
    public required bool AffectsState { get; init; }

    /// <summary>What an access token must allow (docs/operations.md prints it). Said for every operation: one that forgot it would be open to all or to none.</summary>
    public required RoutePolicy Access { get; init; }

    public IReadOnlyList<OperationInput> Inputs { get; init; } = [];

    public required IReadOnlyList<OperationOutput> Outputs { get; init; }

    /// <summary>True where it takes longer than anybody waits: it is run with <c>Prefer: respond-async</c> alone.</summary>
    public bool OnlyAsync { get; init; }

    /// <summary>Name of the input that a body is that is no Parameters resource; null where there is none.</summary>
    public string? Bare { get; init; }

    /// <summary>True where an invocation can do with primitive values and changes nothing.</summary>
    public bool AllowsGet => !AffectsState && Inputs.All(i => i.IsPrimitive || i.Min == 0);
}

/// <summary>A parameter that goes in.</summary>
/// <param name="Name">A token.</param>
/// <param name="Min">How often at least, on every level.</param>
/// <param name="Max">How often at most: a number, or "*".</param>
/// <param name="Type">Type of the value; Resource or a type of resource; null where it has <see cref="Parts"/>.</param>
/// <param name="Documentation">Markdown.</param>
public sealed record OperationInput(string Name, int Min, string Max, FHIRAllTypes? Type, string Documentation)
{
    /// <summary>The value names a model: the definition lists those that are served.</summary>
    public bool NamesModel { get; init; }

    /// <summary>A dateTime must have a time and a zone.</summary>
    public bool IsInstant { get; init; }

    public IReadOnlyList<OperationInput> Parts { get; init; } = [];

    public bool IsPrimitive => Type is { } type && ModelInfo.IsPrimitive(type);

    public bool IsResource => Type is { } type && (type is FHIRAllTypes.Resource or FHIRAllTypes.DomainResource || ModelInfo.IsKnownResource(type));

    /// <summary>Whether the value may be sent as this type: what follows "value" in the member's name.</summary>
    internal bool Takes(string type) => Type switch
    {
        FHIRAllTypes.String or FHIRAllTypes.Code or FHIRAllTypes.Uri => type is "String" or "Code" or "Uri" or "Canonical" or "Id" or "Url",
        FHIRAllTypes.DateTime => type is "DateTime" or "Instant" || (!IsInstant && type == "Date"),
        FHIRAllTypes.Decimal => type is "Decimal" or "Integer",
        FHIRAllTypes.Integer => type is "Integer" or "PositiveInt" or "UnsignedInt",
        { } other => type == other.ToString(),
        null => false,
    };
}

/// <summary>A parameter that comes out. One alone, named return, of a resource type, is the answer itself.</summary>
public sealed record OperationOutput(string Name, int Min, string Max, FHIRAllTypes? Type, string Documentation)
{
    public IReadOnlyList<OperationOutput> Parts { get; init; } = [];
}
