using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.CdsHooks.Prefetch;

namespace MedAI.Fhir.CdsHooks;

/// <summary>What is particular to one client's hooks: its version of CDS Hooks, its own prefetch templates.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class HookClient
{
    /// <summary>Template by service and key; null where the client is not asked for the key.</summary>
    private readonly Dictionary<(string Service, string Key), PrefetchTemplate?> _own = [];

    private HookClient()
    {
    }

    /// <param name="options">Validated.</param>
    public HookClient(ClientOptions options)
    {
        Name = options.Name;
        IsVersion3 = options.CdsHooks == ClientOptions.CdsHooks3;
        SelectsActions = options.ActionSelectionBehavior;
        HasConceptMaps = options.ConceptMaps.Count > 0;
        foreach (var (service, templates) in options.Prefetch)
        {
            foreach (var (key, text) in templates)
                _own.Add((service, key), string.IsNullOrWhiteSpace(text) ? null : PrefetchTemplate.TryRead(text) ?? throw new ArgumentException("The options were not validated.", nameof(options)));
        }
    }

    /// <summary>CDS Hooks 2.0 with the generated templates; also for whoever calls while no clients are configured.</summary>
    public static HookClient Standard { get; } = new();

    /// <summary>Configured name; null for <see cref="Standard"/>.</summary>
    public string? Name { get; }

    /// <summary>True for a client of CDS Hooks 3.0.</summary>
    public bool IsVersion3 { get; }

    /// <summary>True where the client says that it understands <c>actionSelectionBehavior</c>; others may not be sent it.</summary>
    public bool SelectsActions { get; }

    /// <summary>True where it has local codes of its own.</summary>
    public bool HasConceptMaps { get; }

    /// <summary>True where discovery tells it the same as everybody.</summary>
    public bool IsStandard => !IsVersion3 && !HasConceptMaps && _own.Count == 0;

    /// <summary>Services and keys for which it has a template of its own.</summary>
    public IReadOnlyCollection<(string Service, string Key)> Own => _own.Keys;

    /// <summary>What a service needs, with the client's own templates in place of the generated ones.</summary>
    public IReadOnlyList<PrefetchNeed> Adapt(string service, IReadOnlyList<PrefetchNeed> needs) =>
        _own.Count == 0 ? needs : [.. needs.Select(n => _own.TryGetValue((service, n.Key), out var own) ? n with { Own = own, Published = own?.Text } : n)];
}
