namespace MedAI.Fhir.Reading;

/// <summary>Collects problems up to a limit: one bad bundle must not fill an answer.</summary>
internal sealed class ProblemList(int limit)
{
    private readonly List<ReadingProblem> _problems = [];

    public bool Any => _problems.Count > 0;

    public IReadOnlyList<ReadingProblem> All => _problems;

    public bool IsFull => _problems.Count >= limit;

    public void Add(ReadingProblemKind kind, string where, string detail)
    {
        if (!IsFull)
            _problems.Add(new ReadingProblem(kind, where, detail));
    }
}
