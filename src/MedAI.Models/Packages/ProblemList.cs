namespace MedAI.Models.Packages;

/// <summary>Collects problems in the order in which they were found, up to a limit that keeps a hostile file from filling the log.</summary>
internal sealed class ProblemList
{
    private const int Limit = 500;
    private readonly List<ManifestProblem> _problems = [];
    private int _more;

    public int Count => _problems.Count;

    public void Add(string path, string message)
    {
        if (_problems.Count < Limit)
            _problems.Add(new ManifestProblem(path, message));
        else
            _more++;
    }

    /// <summary>Adds the problem unless the condition holds.</summary>
    public void Require(bool condition, string path, string message)
    {
        if (!condition)
            Add(path, message);
    }

    public void AddRange(IEnumerable<ManifestProblem> problems)
    {
        foreach (ManifestProblem p in problems)
            Add(p.Path, p.Message);
    }

    public IReadOnlyList<ManifestProblem> ToList() =>
        _more == 0 ? [.. _problems] : [.. _problems, new ManifestProblem("$", $"{_more} more problems are not listed.")];
}
