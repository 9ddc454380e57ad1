using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Store;

/// <summary>What kinds of resource this installation holds, and which of them clients may write.</summary>
public sealed class StoredTypes(IOptions<ServerOptions> server, IOptions<StoreOptions> store)
{
    /// <summary>Whether clients may create, update and delete: as configured, else in the demo.</summary>
    public bool AcceptsWrites { get; } = store.Value.AcceptsWrites ?? server.Value.Demo;

    /// <summary>Types that clients may write; none where writes are not accepted.</summary>
    public IReadOnlyList<string> Writable => AcceptsWrites ? ResourceEndpoints.DemoTypes : [];

    /// <summary>Types that can be read.</summary>
    public IReadOnlyCollection<string> Readable => ResourceEndpoints.ReadableTypes(server.Value.Demo || AcceptsWrites);
}
