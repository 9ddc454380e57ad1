using System.Collections.Frozen;
using MedAI.Fhir.Access.Clients;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>What is particular to each client's hooks, by its name.</summary>
public sealed class HookClients(IOptions<ClientsOptions> options)
{
    private readonly FrozenDictionary<string, HookClient> _byName = options.Value.Trusted.ToFrozenDictionary(c => c.Name, c => new HookClient(c), StringComparer.Ordinal);

    public IEnumerable<HookClient> All => _byName.Values.OrderBy(c => c.Name, StringComparer.Ordinal);

    /// <param name="caller">Null while no clients are configured.</param>
    public HookClient Of(ClientIdentity? caller) => caller is null ? HookClient.Standard : _byName.GetValueOrDefault(caller.Name, HookClient.Standard);
}
