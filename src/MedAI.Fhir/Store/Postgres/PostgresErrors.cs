using System.Net.Sockets;
using Npgsql;

namespace MedAI.Fhir.Store.Postgres;

/// <summary>Tells what PostgreSQL's error codes mean for the server: out of service, or a broken rule of ours.</summary>
internal static class PostgresErrors
{
    public static Exception? Translate(Exception error, string place) => error switch
    {
        PostgresException told when Unavailable(told.SqlState) is { } reason => new StoreUnavailableException(reason, $"The store {place} does not answer: {reason} (SQLSTATE {told.SqlState}).", told),
        PostgresException told => new InvalidOperationException($"A transaction breaks a rule of the store (SQLSTATE {told.SqlState}).", told),
        // Whatever is no word of the server is about the way to it.
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException =>
            new StoreUnavailableException(StoreUnavailableReason.Away, $"The store {place} cannot be reached.", error),
        _ => null,
    };

    /// <summary>Null when the error is not about the server, its disk or a lock (PostgreSQL, appendix A).</summary>
    private static StoreUnavailableReason? Unavailable(string state) => state switch
    {
        "53100" => StoreUnavailableReason.Full,
        "55P03" or "57014" or "40P01" or "40001" => StoreUnavailableReason.Locked,
        "42501" or "25006" or "0LP01" => StoreUnavailableReason.Unwritable,
        "XX001" or "XX002" => StoreUnavailableReason.Corrupt,
        ['0', '8', ..] or ['2', '8', ..] or ['3', 'D', ..] or ['5', '7', 'P', ..] or ['5', '3', ..] => StoreUnavailableReason.Away,
        ['5', '8', ..] or ['X', 'X', ..] => StoreUnavailableReason.Faulty,
        _ => null,
    };
}
