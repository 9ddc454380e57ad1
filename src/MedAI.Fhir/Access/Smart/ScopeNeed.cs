namespace MedAI.Fhir.Access.Smart;

/// <summary>What a token must allow: rights for one resource type.</summary>
/// <param name="Type">Resource type; null for the type in the address of a read.</param>
/// <param name="Rights">Some of c (create), r (read, vread, history of an instance), u, d, s (search).</param>
public sealed record ScopeNeed(string? Type, string Rights)
{
    /// <summary>Name of a boolean input of the operation; where it is given as false the need falls away. Null: always needed.</summary>
    public string? UnlessFalse { get; init; }

    /// <summary>Rights for the type of the instance that the address names; nothing where it names none.</summary>
    public static ScopeNeed OfInstance(string rights) => new(null, rights) { OnlyOnInstance = true };

    /// <summary>True where it falls away when no instance is named.</summary>
    public bool OnlyOnInstance { get; private init; }

    /// <summary>As a scope without its context, for instance <c>Observation.rs</c>.</summary>
    public override string ToString() => $"{Type ?? "[type]"}.{Rights}";
}
