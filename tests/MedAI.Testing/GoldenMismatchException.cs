namespace MedAI.Testing;

/// <summary>An output is not what its golden file shows.</summary>
public sealed class GoldenMismatchException(string name, IReadOnlyList<string> differences)
    : Exception($"{name} differs from its golden file (GOLDEN=update rewrites it):\n  {string.Join("\n  ", differences)}")
{
    public IReadOnlyList<string> Differences { get; } = differences;
}
