using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace MedAI.Fhir.Store.Postgres;

/// <summary>A statement of one PostgreSQL session. Questions are asked at once; what gives no rows waits for the next question, so that many rows share one way to the server and back.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class PostgresStatement(PostgresSession session, string sql) : StoreStatement
{
    private readonly string _sql = Numbered(sql);
    private List<NpgsqlParameter> _parameters = [];
    private NpgsqlDataReader? _rows;

    public override StoreStatement Bind(string? value) => Add(NpgsqlDbType.Text, value is null ? null : Storable(value));

    public override StoreStatement Bind(long value) => Add(NpgsqlDbType.Bigint, value);

    public override StoreStatement Bind(long? value) => Add(NpgsqlDbType.Bigint, value);

    public override StoreStatement Bind(double value) => Add(NpgsqlDbType.Double, value);

    public override StoreStatement Bind(ReadOnlySpan<byte> blob) => Add(NpgsqlDbType.Bytea, blob.ToArray());

    public override StoreStatement BindOrNull(ReadOnlyMemory<byte>? blob) => Add(NpgsqlDbType.Bytea, blob?.ToArray());

    public override bool Step()
    {
        _rows ??= session.Ask(_sql, _parameters);
        return _rows.Read();
    }

    public override void Run()
    {
        session.Later(_sql, _parameters);
        _parameters = [];
    }

    public override int RunNow()
    {
        int changed = session.Now(_sql, _parameters);
        _parameters = [];
        return changed;
    }

    public override long RunForKey()
    {
        try
        {
            return Step() ? Number(0) : throw new InvalidOperationException("An insertion returned no key.");
        }
        finally
        {
            Reset();
        }
    }

    public override void Reset()
    {
        _rows?.Dispose();
        _rows = null;
        _parameters = [];
    }

    public override bool IsNull(int column) => _rows!.IsDBNull(column);

    public override string Text(int column) => _rows!.GetValue(column) is string text ? text : Convert.ToString(_rows.GetValue(column), CultureInfo.InvariantCulture)!;

    public override long Number(int column) => _rows!.GetInt64(column);

    public override double Real(int column) => _rows!.GetDouble(column);

    public override byte[] Blob(int column) => _rows!.GetFieldValue<byte[]>(column);

    public override void Dispose()
    {
        try
        {
            Reset();
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            // The connection is broken; the error that broke it was thrown where it happened.
        }
    }

    private PostgresStatement Add(NpgsqlDbType type, object? value)
    {
        _parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
        return this;
    }

    /// <summary>PostgreSQL keeps no zero character and no half of a pair in a text; SQLite's binding replaces the latter too.</summary>
    private static string Storable(string value)
    {
        if (value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
            value = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
        return value.Replace('\0', '\uFFFD');
    }

    private static string Numbered(string sql)
    {
        if (!sql.Contains('?', StringComparison.Ordinal))
            return sql;
        var numbered = new StringBuilder(sql.Length + 16);
        int number = 0;
        foreach (char c in sql)
        {
            if (c == '?')
                numbered.Append('$').Append(++number);
            else
                numbered.Append(c);
        }
        return numbered.ToString();
    }
}
