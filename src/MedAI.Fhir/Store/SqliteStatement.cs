using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MedAI.Fhir.Store;

/// <summary>A prepared statement of one connection, bound and stepped without boxing, readers or copies of blobs.</summary>
/// <remarks>Not thread safe. ADO.NET copies a blob that is not exactly one array and allocates a reader per execution; a commit holds a few of each.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _parameter;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), database);
    }

    /// <summary>Binds the next parameter.</summary>
    public SqliteStatement Bind(string? value)
    {
        _parameter++;
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, _parameter));
            return this;
        }
        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = most > 512 ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> utf8 = rented ?? stackalloc byte[512];
        Check(raw.sqlite3_bind_text(_statement, _parameter, utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <inheritdoc cref="Bind(string?)"/>
    public SqliteStatement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_parameter, value));
        return this;
    }

    /// <inheritdoc cref="Bind(string?)"/>
    public SqliteStatement Bind(long? value)
    {
        if (value is { } number)
            return Bind(number);
        Check(raw.sqlite3_bind_null(_statement, ++_parameter));
        return this;
    }

    /// <inheritdoc cref="Bind(string?)"/>
    public SqliteStatement Bind(double value)
    {
        Check(raw.sqlite3_bind_double(_statement, ++_parameter, value));
        return this;
    }

    /// <inheritdoc cref="Bind(string?)"/>
    public SqliteStatement Bind(DateTimeOffset instant) => Bind(instant.ToUnixTimeMilliseconds());

    /// <inheritdoc cref="Bind(string?)"/>
    public SqliteStatement Bind(ReadOnlySpan<byte> blob)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_parameter, blob));
        return this;
    }

    /// <inheritdoc cref="Bind(string?)"/>
    public SqliteStatement BindOrNull(ReadOnlyMemory<byte>? blob)
    {
        if (blob is { } bytes)
            return Bind(bytes.Span);
        Check(raw.sqlite3_bind_null(_statement, ++_parameter));
        return this;
    }

    /// <summary>Moves to the next row; false when there is none.</summary>
    public bool Step()
    {
        int rc = raw.sqlite3_step(_statement);
        if (rc == raw.SQLITE_ROW)
            return true;
        if (rc != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(rc, _database);
        return false;
    }

    /// <summary>Runs a statement that gives no rows, and makes it ready for the next use.</summary>
    public void Run()
    {
        try
        {
            Step();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Ends the use: releases the locks and the bound values.</summary>
    public void Reset()
    {
        // The code repeats the error of the last step, which was already thrown.
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
        _parameter = 0;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    public double Real(int column) => raw.sqlite3_column_double(_statement, column);

    public DateTimeOffset Instant(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Number(column));

    public byte[] Blob(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public ReadOnlyMemory<byte>? BlobOrNull(int column) => IsNull(column) ? null : Blob(column);

    public void Dispose() => _statement.Dispose();

    private void Check(int rc)
    {
        if (rc == raw.SQLITE_OK)
            return;
        Reset();
        SqliteException.ThrowExceptionForRC(rc, _database);
    }
}
