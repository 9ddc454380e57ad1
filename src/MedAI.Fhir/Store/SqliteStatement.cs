using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MedAI.Fhir.Store;

/// <summary>A prepared statement of one connection, bound and stepped without boxing, readers or copies of blobs.</summary>
/// <remarks>Not thread safe. ADO.NET copies a blob that is not exactly one array and allocates a reader per execution; a commit holds a few of each.</remarks>
internal sealed class SqliteStatement : StoreStatement
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _parameter;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), database);
    }

    public override StoreStatement Bind(string? value)
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

    public override StoreStatement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_parameter, value));
        return this;
    }

    public override StoreStatement Bind(long? value)
    {
        if (value is { } number)
            return Bind(number);
        Check(raw.sqlite3_bind_null(_statement, ++_parameter));
        return this;
    }

    public override StoreStatement Bind(double value)
    {
        Check(raw.sqlite3_bind_double(_statement, ++_parameter, value));
        return this;
    }

    public override StoreStatement Bind(ReadOnlySpan<byte> blob)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_parameter, blob));
        return this;
    }

    public override StoreStatement BindOrNull(ReadOnlyMemory<byte>? blob)
    {
        if (blob is { } bytes)
            return Bind(bytes.Span);
        Check(raw.sqlite3_bind_null(_statement, ++_parameter));
        return this;
    }

    public override bool Step()
    {
        int rc = raw.sqlite3_step(_statement);
        if (rc == raw.SQLITE_ROW)
            return true;
        if (rc != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(rc, _database);
        return false;
    }

    public override void Run()
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

    public override int RunNow()
    {
        Run();
        return raw.sqlite3_changes(_database);
    }

    public override long RunForKey()
    {
        Run();
        return raw.sqlite3_last_insert_rowid(_database);
    }

    public override void Reset()
    {
        // The code repeats the error of the last step, which was already thrown.
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
        _parameter = 0;
    }

    public override bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public override string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public override long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    public override double Real(int column) => raw.sqlite3_column_double(_statement, column);

    public override byte[] Blob(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public override void Dispose() => _statement.Dispose();

    private void Check(int rc)
    {
        if (rc == raw.SQLITE_OK)
            return;
        Reset();
        SqliteException.ThrowExceptionForRC(rc, _database);
    }
}
