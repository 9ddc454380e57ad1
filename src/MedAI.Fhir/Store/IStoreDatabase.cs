namespace MedAI.Fhir.Store;

/// <summary>The database behind a store: opens sessions and tells what its errors mean.</summary>
/// <remarks>Thread safe.</remarks>
internal interface IStoreDatabase
{
    StoreSession OpenWriter();

    StoreSession OpenReader();

    /// <summary>A <see cref="StoreUnavailableException"/> where the database is in the way; an <see cref="InvalidOperationException"/> where a transaction broke a rule; null where the error is none of the database's.</summary>
    Exception? Translate(Exception error);

    /// <summary>True where another server wrote at the same moment: the same transaction, written again, sees what that one wrote.</summary>
    bool IsRace(Exception error);
}
