namespace MedAI.Fhir.Store;

/// <summary>A statement of one session: values are bound in order, rows are stepped through. Placeholders are <c>?</c>, or <c>$1</c>, <c>$2</c>, ... in order, each once.</summary>
/// <remarks>Not thread safe.</remarks>
internal abstract class StoreStatement : IDisposable
{
    /// <summary>Binds the next parameter.</summary>
    public abstract StoreStatement Bind(string? value);

    /// <inheritdoc cref="Bind(string?)"/>
    public abstract StoreStatement Bind(long value);

    /// <inheritdoc cref="Bind(string?)"/>
    public abstract StoreStatement Bind(long? value);

    /// <inheritdoc cref="Bind(string?)"/>
    public abstract StoreStatement Bind(double value);

    /// <inheritdoc cref="Bind(string?)"/>
    public StoreStatement Bind(DateTimeOffset instant) => Bind(instant.ToUnixTimeMilliseconds());

    /// <inheritdoc cref="Bind(string?)"/>
    public abstract StoreStatement Bind(ReadOnlySpan<byte> blob);

    /// <inheritdoc cref="Bind(string?)"/>
    public abstract StoreStatement BindOrNull(ReadOnlyMemory<byte>? blob);

    /// <summary>Moves to the next row; false when there is none.</summary>
    public abstract bool Step();

    /// <summary>Runs a statement whose rows do not matter, and makes it ready for the next use. The session may put it off until its next question, flush or commit.</summary>
    public abstract void Run();

    /// <summary>Runs it at once, and says how many rows it changed or removed.</summary>
    public abstract int RunNow();

    /// <summary>Runs an insertion (<see cref="StoreSession.PrepareInsert"/>) at once, and gives the key of the row.</summary>
    public abstract long RunForKey();

    /// <summary>Ends the use: releases the rows and the bound values.</summary>
    public abstract void Reset();

    public abstract bool IsNull(int column);

    public abstract string Text(int column);

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public abstract long Number(int column);

    public abstract double Real(int column);

    public DateTimeOffset Instant(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Number(column));

    public abstract byte[] Blob(int column);

    // Without the cast null becomes an empty array first, and then memory of nothing.
    public ReadOnlyMemory<byte>? BlobOrNull(int column) => IsNull(column) ? null : (ReadOnlyMemory<byte>?)Blob(column);

    public abstract void Dispose();
}
