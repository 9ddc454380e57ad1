using System.Text.RegularExpressions;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Fhir.Tests;

public sealed partial class LayerTests
{
    [Fact, Trait("promise", "M-02")]
    public void Models_reference_neither_FHIR_nor_ASP_NET()
    {
        var names = typeof(ModelManifest).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToArray();
        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, n => n.StartsWith("Hl7.Fhir", StringComparison.Ordinal) || n.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || n == "System.Net.Http");
    }

    [Fact]
    public void Each_event_of_the_log_has_an_id_of_its_own()
    {
        // Whoever watches the log for an id must not be told something else.
        var ids = Directory.EnumerateFiles(RepositoryRoot.Combine("src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(f => EventId().Matches(File.ReadAllText(f)).Select(m => (Id: m.Groups["id"].Value, File: Path.GetFileName(f))))
            .ToLookup(e => e.Id, e => e.File);
        Assert.True(ids.Count > 50);
        Assert.All(ids, id => Assert.Single(id));
    }

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d+),", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex EventId();
}
