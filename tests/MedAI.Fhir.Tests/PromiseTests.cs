using System.Text.RegularExpressions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests;

/// <summary>Holds docs/promises.md and the tests together, in both directions.</summary>
public sealed partial class PromiseTests
{
    private static readonly HashSet<string> Promised = [.. Row().Matches(File.ReadAllText(RepositoryRoot.Combine("docs", "promises.md"))).Select(m => m.Groups[1].Value)];

    private static readonly HashSet<string> Tested = [.. Directory
        .EnumerateFiles(RepositoryRoot.Combine("tests"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .SelectMany(f => PromiseTrait().Matches(File.ReadAllText(f)))
        .Select(m => m.Groups[1].Value)];

    [Fact]
    public void Every_promise_has_a_test()
    {
        Assert.NotEmpty(Promised);
        Assert.Empty(Promised.Except(Tested).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_test_that_names_a_promise_names_a_listed_one() =>
        Assert.Empty(Tested.Except(Promised).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^\| ([A-Z]+[0-9]*-?[0-9]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("Trait\\(\"promise\", \"([^\"]+)\"\\)")]
    private static partial Regex PromiseTrait();
}
