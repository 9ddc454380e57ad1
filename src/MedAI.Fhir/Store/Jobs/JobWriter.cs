namespace MedAI.Fhir.Store.Jobs;

/// <summary>Writes what happens to jobs on the writer's connection.</summary>
/// <remarks>Not thread safe: it belongs to the writer thread.</remarks>
internal sealed class JobWriter(StoreSession session) : IDisposable
{
    /// <summary>A job that was not removed and has not ended, of the server that has it.</summary>
    private const string Held = "id = ? AND holder = ? AND state = 'waiting'";

    private readonly StoreStatement _add = session.Prepare("INSERT INTO job (id, owner, state, received, attempts, wish, body) VALUES (?, ?, 'waiting', ?, ?, ?, ?)");
    private readonly StoreStatement _take = session.Prepare(
        $"UPDATE job SET attempts = attempts + 1, holder = ?, held_until = {session.Clock} + ? WHERE id = ? AND state = 'waiting' AND (holder IS NULL OR holder = ? OR held_until <= {session.Clock})");
    private readonly StoreStatement _hold = session.Prepare($"UPDATE job SET held_until = {session.Clock} + ? WHERE {Held}");
    private readonly StoreStatement _giveBack = session.Prepare($"UPDATE job SET attempts = attempts - 1, holder = NULL, held_until = NULL WHERE {Held}");
    private readonly StoreStatement _end = session.Prepare(
        $"UPDATE job SET state = 'ended', result = ?, format = ?, status = ?, expires = ?, wish = NULL, body = NULL, holder = NULL, held_until = NULL WHERE {Held}");
    // Nothing is written for a job that has been further already.
    private readonly StoreStatement _part = session.Prepare($"INSERT INTO job_part (job, file, place, lines, bytes) SELECT id, ?, ?, ?, ? FROM job WHERE {Held} AND position = ?");
    private readonly StoreStatement _advance = session.Prepare($"UPDATE job SET position = ?, attempts = 1 WHERE {Held} AND position = ?");
    private readonly StoreStatement _remove = session.Prepare("DELETE FROM job WHERE id = ?");
    private readonly StoreStatement _expire = session.Prepare("DELETE FROM job WHERE expires <= ?");

    public void Write(JobChange change)
    {
        switch (change)
        {
            case JobChange.Added added:
                var row = added.Row;
                _add.Bind(row.Id).Bind(row.Owner).Bind(row.Received).Bind((long)row.Attempts).Bind(added.Request.Wish.Span).Bind(added.Request.Body.Span).Run();
                break;
            case JobChange.Taken taken:
                _take.Bind(taken.Holder).Bind((long)taken.For.TotalMilliseconds).Bind(taken.Id).Bind(taken.Holder).Run();
                break;
            case JobChange.Held held:
                _hold.Bind((long)held.For.TotalMilliseconds).Bind(held.Id).Bind(held.Holder).Run();
                break;
            case JobChange.GivenBack back:
                _giveBack.Bind(back.Id).Bind(back.Holder).Run();
                break;
            case JobChange.Ended ended:
                _end.Bind(ended.Result.Span).Bind(ended.Format).Bind((long)ended.Status).Bind(ended.Expires).Bind(ended.Id).Bind(ended.Holder).Run();
                break;
            case JobChange.Advanced advanced:
                foreach (var part in advanced.Parts)
                    _part.Bind(part.File).Bind((long)advanced.From).Bind((long)part.Lines).Bind(part.Bytes.Span).Bind(advanced.Id).Bind(advanced.Holder).Bind((long)advanced.From).Run();
                _advance.Bind((long)advanced.To).Bind(advanced.Id).Bind(advanced.Holder).Bind((long)advanced.From).Run();
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
        StoreStatement[] all = [_add, _take, _hold, _giveBack, _end, _part, _advance, _remove, _expire];
        foreach (var statement in all)
            statement.Dispose();
    }
}
