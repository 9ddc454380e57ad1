namespace MedAI.Fhir.Store.Jobs;

/// <summary>Writes what happens to jobs on the writer's connection.</summary>
/// <remarks>Not thread safe: it belongs to the writer thread.</remarks>
internal sealed class JobWriter(SqliteSession session) : IDisposable
{
    private readonly SqliteStatement _add = session.Prepare("INSERT INTO job (id, owner, state, received, attempts, wish, body) VALUES (?, ?, 'waiting', ?, ?, ?, ?)");
    private readonly SqliteStatement _begin = session.Prepare("UPDATE job SET attempts = ? WHERE id = ? AND state = 'waiting'");
    private readonly SqliteStatement _end = session.Prepare("UPDATE job SET state = 'ended', result = ?, format = ?, expires = ?, wish = NULL, body = NULL WHERE id = ? AND state = 'waiting'");
    private readonly SqliteStatement _remove = session.Prepare("DELETE FROM job WHERE id = ?");
    private readonly SqliteStatement _expire = session.Prepare("DELETE FROM job WHERE expires <= ?");

    public void Write(JobChange change)
    {
        switch (change)
        {
            case JobChange.Added added:
                var row = added.Row;
                _add.Bind(row.Id).Bind(row.Owner).Bind(row.Received).Bind((long)row.Attempts).Bind(added.Request.Wish.Span).Bind(added.Request.Body.Span).Run();
                break;
            case JobChange.Begun begun:
                _begin.Bind((long)begun.Attempts).Bind(begun.Id).Run();
                break;
            case JobChange.Ended ended:
                _end.Bind(ended.Result.Span).Bind(ended.Format).Bind(ended.Expires).Bind(ended.Id).Run();
                break;
            case JobChange.Removed removed:
                _remove.Bind(removed.Id).Run();
                break;
            case JobChange.Expired expired:
                _expire.Bind(expired.Now).Run();
                break;
            default:
                throw new InvalidOperationException("JobChange is closed.");
        }
    }

    public void Dispose()
    {
        SqliteStatement[] all = [_add, _begin, _end, _remove, _expire];
        foreach (var statement in all)
            statement.Dispose();
    }
}
