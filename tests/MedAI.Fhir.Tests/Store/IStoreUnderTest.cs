using MedAI.Fhir.Store;

namespace MedAI.Fhir.Tests.Store;

/// <summary>Where the stores of one test keep what they are given: the same promises are kept by all.</summary>
internal interface IStoreUnderTest : IDisposable
{
    SqlResourceStore Open(Action<StoreOptions>? change = null);

    /// <summary>Asks the database over a connection that the store knows nothing of.</summary>
    string? Ask(string sql);

    /// <summary>Holds writers up as another process would, until disposed.</summary>
    IDisposable Lock();
}
