namespace MedAI.Fhir.Store;

/// <summary>One open connection to the store's database.</summary>
/// <remarks>Not thread safe.</remarks>
internal abstract class StoreSession : IDisposable
{
    /// <summary>False while no transaction is open. An error such as a full disk or a lost connection can end a transaction on its own.</summary>
    public abstract bool InTransaction { get; }

    /// <summary>Begins a transaction that writes.</summary>
    public abstract string BeginWriting { get; }

    /// <summary>Begins a transaction whose questions all see the same state.</summary>
    public abstract string BeginReading { get; }

    /// <summary>SQL of the database's clock, in milliseconds since 1970 UTC.</summary>
    public abstract string Clock { get; }

    public abstract StoreStatement Prepare(string sql);

    /// <summary>An insertion that says which key the row got (<see cref="StoreStatement.RunForKey"/>).</summary>
    /// <param name="sql">INSERT of one row.</param>
    /// <param name="key">The column that the database numbers.</param>
    public abstract StoreStatement PrepareInsert(string sql, string key);

    /// <summary>Runs statements that take no values and whose rows, if any, do not matter.</summary>
    public abstract void Run(string sql);

    /// <summary>Keeps writers of other servers that ask the same from writing until the transaction ends: what is looked at now is neither changed nor added to meanwhile.</summary>
    public abstract void HoldOthers();

    /// <summary>Sees to it that what was run has been run: errors of it are thrown here at the latest.</summary>
    public abstract void Flush();

    /// <summary>Has the database tidy up after a transaction whose callers have been told. Never throws.</summary>
    public virtual void Committed()
    {
    }

    /// <summary>First column of the first row, as text; empty where there is none.</summary>
    public string Ask(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    public abstract void Dispose();
}
