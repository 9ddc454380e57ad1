namespace MedAI.Fhir.Store;

/// <summary>What the store says: event ids 4000 to 4099; counts, codes and its own path, never content.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(4000, LogLevel.Information, "Store {Path} is open, schema {Schema}")]
    public static partial void Opened(ILogger logger, string path, int schema);

    [LoggerMessage(4001, LogLevel.Information, "Store {Path} went from schema {From} to {To}")]
    public static partial void Migrated(ILogger logger, string path, int from, int to);

    [LoggerMessage(4002, LogLevel.Information, "Store is closed after {Groups} commits")]
    public static partial void Closed(ILogger logger, long groups);

    [LoggerMessage(4010, LogLevel.Error, "Store does not answer: {Reason}; {Transactions} transactions were refused")]
    public static partial void Unavailable(ILogger logger, StoreUnavailableReason reason, int transactions);

    [LoggerMessage(4011, LogLevel.Error, "Store refused {Transactions} transactions: {Error}")]
    public static partial void Refused(ILogger logger, string error, int transactions);

    [LoggerMessage(4014, LogLevel.Information, "Search index built anew over {Resources} resources")]
    public static partial void Indexed(ILogger logger, long resources);

    [LoggerMessage(4012, LogLevel.Error, "Store could not be read: {Reason}")]
    public static partial void Unreadable(ILogger logger, StoreUnavailableReason reason);

    [LoggerMessage(4013, LogLevel.Warning, "Store failed its health check: {Reason}")]
    public static partial void Unhealthy(ILogger logger, StoreUnavailableReason reason);
}
