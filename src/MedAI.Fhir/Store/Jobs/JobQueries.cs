using static MedAI.Fhir.Store.ResourceQueries;

namespace MedAI.Fhir.Store.Jobs;

/// <summary>The prepared questions about jobs on one connection.</summary>
/// <remarks>Not thread safe; the connection is its owner's.</remarks>
internal sealed class JobQueries(StoreSession session) : IDisposable
{
    private const string Columns = "id, owner, state, received, expires, attempts, format, status, position, holder";

    private readonly StoreStatement _find = session.Prepare($"SELECT {Columns} FROM job WHERE id = ?");
    private readonly StoreStatement _free = session.Prepare($"SELECT {Columns} FROM job WHERE state = 'waiting' AND (holder IS NULL OR holder = ? OR held_until <= {session.Clock}) ORDER BY received, id");
    private readonly StoreStatement _request = session.Prepare("SELECT wish, body FROM job WHERE id = ? AND state = 'waiting'");
    private readonly StoreStatement _result = session.Prepare("SELECT result FROM job WHERE id = ? AND state = 'ended'");
    private readonly StoreStatement _lines = session.Prepare("SELECT file, CAST(sum(lines) AS BIGINT) FROM job_part WHERE job = ? GROUP BY file");
    private readonly StoreStatement _part = session.Prepare("SELECT place, bytes FROM job_part WHERE job = ? AND file = ? AND place > ? ORDER BY place LIMIT 1");
    private readonly StoreStatement _expired = session.Prepare("SELECT count(*) FROM (SELECT 1 FROM job WHERE expires <= ? LIMIT 1) x");
    private readonly StoreStatement _ended = session.Prepare("SELECT count(*) FROM job WHERE expires IS NOT NULL");

    public JobRow? Find(string id) => First(_find.Bind(id), Row);

    public List<JobRow> Free(string holder) => All(_free.Bind(holder), Row);

    public JobRequest? Request(string id) => First(_request.Bind(id), s => new JobRequest(s.Blob(0), s.Blob(1)));

    public ReadOnlyMemory<byte>? Result(string id) => First(_result.Bind(id), s => s.BlobOrNull(0));

    public Dictionary<string, int> Lines(string id) => All(_lines.Bind(id), s => (File: s.Text(0), Lines: (int)s.Number(1))).ToDictionary(f => f.File, f => f.Lines, StringComparer.Ordinal);

    public StoredPart? PartAfter(string id, string file, int place) => First(_part.Bind(id).Bind(file).Bind((long)place), s => new StoredPart((int)s.Number(0), s.Blob(1)));

    public bool HasExpired(DateTimeOffset now) => First(_expired.Bind(now), s => s.Number(0)) != 0;

    public int Ended() => First(_ended, s => (int)s.Number(0));

    public void Dispose()
    {
        StoreStatement[] all = [_find, _free, _request, _result, _lines, _part, _expired, _ended];
        foreach (var statement in all)
            statement.Dispose();
    }

    private static JobRow Row(StoreStatement row) => new(row.Text(0), row.Text(1), Enum.Parse<JobState>(row.Text(2), ignoreCase: true), row.Instant(3),
        row.IsNull(4) ? null : row.Instant(4), (int)row.Number(5), row.TextOrNull(6), row.IsNull(7) ? 0 : (int)row.Number(7), (int)row.Number(8))
    { Holder = row.TextOrNull(9) };
}
