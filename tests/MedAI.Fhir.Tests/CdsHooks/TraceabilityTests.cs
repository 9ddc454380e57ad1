using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.CdsHooks;

/// <summary>docs/conformance/cds-hooks.md: every row of the specification with the tests that hold it. <c>GOLDEN=update</c> rewrites it.</summary>
public sealed partial class TraceabilityTests
{
    /// <summary>Rows of our checklist by group, and the numbers that the published list of CDS Hooks 2.0 requirements gives them.</summary>
    private static readonly (string Group, int Rows)[] Groups = [("J", 6), ("D", 10), ("P", 5), ("C", 11), ("F", 8), ("K", 13), ("A", 6), ("B", 7), ("W", 11), ("R", 2), ("E", 2), ("V", 10)];

    private static readonly Dictionary<string, string> Requirements = new()
    {
        ["J1"] = "1",
        ["J2"] = "3",
        ["J3"] = "53",
        ["J4"] = "2, 168",
        ["D1"] = "4, 5",
        ["D2"] = "6, 13",
        ["D4"] = "7, 9, 10, 16",
        ["D5"] = "8",
        ["D6"] = "11, 12",
        ["D7"] = "210, 211",
        ["D9"] = "14",
        ["P2"] = "55, 56, 59",
        ["P3"] = "57",
        ["P4"] = "58",
        ["P5"] = "36",
        ["C5"] = "74, 75",
        ["C6"] = "77",
        ["C7"] = "54",
        ["C8"] = "76",
        ["C9"] = "27",
        ["F1"] = "52",
        ["F3"] = "34",
        ["F4"] = "61",
        ["K1"] = "83",
        ["K2"] = "87, 88",
        ["K3"] = "90, 105",
        ["K4"] = "107-112",
        ["K5"] = "115, 216, 217",
        ["K6"] = "80",
        ["K7"] = "85",
        ["K8"] = "93, 95, 96",
        ["K10"] = "98, 100, 136, 219",
        ["K11"] = "138, 139, 141, 142",
        ["K12"] = "144, 147",
        ["A1"] = "117-122",
        ["A2"] = "124, 125",
        ["A3"] = "127, 128",
        ["A4"] = "130-135",
        ["B1"] = "148, 149",
        ["W1"] = "177",
        ["W2"] = "178",
        ["W3"] = "181-186",
        ["W4"] = "187-194",
        ["W5"] = "196",
        ["W6"] = "201, 203",
        ["W7"] = "205",
        ["W8"] = "195",
        ["W9"] = "199",
        ["W11"] = "175, 179",
        ["R1"] = "208",
        ["E1"] = "214",
        ["E2"] = "215",
    };

    [Fact, Trait("promise", "M-393")]
    public void Every_row_of_the_specification_has_a_test_and_stands_in_the_table()
    {
        var promises = Promise().Matches(File.ReadAllText(RepositoryRoot.Combine("docs", "promises.md"))).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        var tests = TestsByRow();
        var text = new StringBuilder("""
            # CDS Hooks 2.0.1, and readiness for 3.0: what holds, and the test that shows it

            Made by the tests (`TraceabilityTests`; `GOLDEN=update` rewrites it); it does not pass while a row lacks a test. Requirement numbers are those of the Da Vinci conformance kit's
            cds-hooks_2.0 list. J transport, D discovery, P prefetch, C call, F data, K cards, A actions, B feedback, W trust, R CORS, E extensions,
            V what 3.0 (ballot) changes, for clients whose configuration says `CdsHooks: 3.0` where it would disturb others.

            | row | requirement | what holds | tests | status |
            | --- | --- | --- | --- | --- |

            """);
        foreach (string row in Groups.SelectMany(g => Enumerable.Range(1, g.Rows).Select(n => string.Create(CultureInfo.InvariantCulture, $"{g.Group}{n}"))))
        {
            Assert.True(promises.ContainsKey(row), $"{row} is no promise.");
            Assert.True(tests.ContainsKey(row), $"{row} has no test.");
            text.Append(CultureInfo.InvariantCulture, $"| {row} | {Requirements.GetValueOrDefault(row, "-")} | {promises[row]} | {string.Join(", ", tests[row].Select(t => $"`{t}`"))} | holds |\n");
        }
        string path = RepositoryRoot.Combine("docs", "conformance", "cds-hooks.md");
        if (Environment.GetEnvironmentVariable("GOLDEN") == "update")
            File.WriteAllText(path, text.ToString());
        Assert.Equal(text.ToString(), File.ReadAllText(path));
    }

    private static Dictionary<string, List<string>> TestsByRow()
    {
        var tests = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var files = Directory.EnumerateFiles(RepositoryRoot.Combine("tests", "MedAI.Fhir.Tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string source = File.ReadAllText(file);
            foreach (Match trait in RowTrait().Matches(source))
            {
                if (Member().Match(source, trait.Index) is not { Success: true } member)
                    continue;
                var list = tests.TryGetValue(trait.Groups[1].Value, out var known) ? known : tests[trait.Groups[1].Value] = [];
                string name = $"{Path.GetFileNameWithoutExtension(file)}.{member.Groups[1].Value}";
                if (!list.Contains(name))
                    list.Add(name);
            }
        }
        return tests;
    }

    [GeneratedRegex(@"^\| ([A-Z][0-9]+) \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Promise();

    [GeneratedRegex("Trait\\(\"promise\", \"([A-Z][0-9]+)\"\\)")]
    private static partial Regex RowTrait();

    [GeneratedRegex(@"public (?:async )?(?:Task|void|ValueTask) ([A-Z]\w+)\(")]
    private static partial Regex Member();
}
