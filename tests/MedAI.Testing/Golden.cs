using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace MedAI.Testing;

/// <summary>Compares an output with the committed file that shows what it should be.</summary>
/// <remarks>
/// Files lie in the <c>Golden</c> folder of the running test project. With <c>GOLDEN=update</c> in the environment they are
/// rewritten instead; the change then shows in the diff of the commit. JSON is compared as a tree: member order and layout do
/// not matter, the digits of a number do (12.5 is not 12.50 in FHIR).
/// </remarks>
public static class Golden
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private static readonly Lazy<string> Folder = new(FindFolder);

    /// <summary>Fails with every difference (up to 20), each with its JSON path.</summary>
    public static void AssertJson(string name, ReadOnlySpan<byte> json)
    {
        using var actual = JsonDocument.Parse(json.ToArray());
        if (Updating(name, out string path))
        {
            using var stream = File.Create(path);
            using (var writer = new Utf8JsonWriter(stream, Layout))
                actual.WriteTo(writer);
            stream.WriteByte((byte)'\n');
            return;
        }
        using var expected = JsonDocument.Parse(Read(path));
        var differences = new List<string>();
        Compare("$", expected.RootElement, actual.RootElement, differences);
        if (differences.Count > 0)
            throw new GoldenMismatchException(name, differences);
    }

    /// <summary>Fails at the first line that differs; line ends do not matter.</summary>
    public static void AssertText(string name, string text)
    {
        if (Updating(name, out string path))
        {
            File.WriteAllText(path, text.ReplaceLineEndings("\n"));
            return;
        }
        string[] expected = System.Text.Encoding.UTF8.GetString(Read(path)).ReplaceLineEndings("\n").Split('\n');
        string[] actual = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < Math.Max(expected.Length, actual.Length); i++)
        {
            string want = i < expected.Length ? expected[i] : "<end of file>";
            string got = i < actual.Length ? actual[i] : "<end of file>";
            if (want != got)
                throw new GoldenMismatchException(name, [$"line {i + 1}: expected {Shorten(want)} but was {Shorten(got)}"]);
        }
    }

    private static bool Updating(string name, out string path)
    {
        path = Path.Combine(Folder.Value, name);
        if (Environment.GetEnvironmentVariable("GOLDEN") != "update")
            return false;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return true;
    }

    private static byte[] Read(string path) => File.Exists(path)
        ? File.ReadAllBytes(path)
        : throw new GoldenMismatchException(Path.GetFileName(path), ["the golden file is missing; run the test once with GOLDEN=update and review it"]);

    private static void Compare(string path, JsonElement expected, JsonElement actual, List<string> differences)
    {
        if (differences.Count >= 20)
            return;
        if (expected.ValueKind != actual.ValueKind)
        {
            differences.Add($"{path}: expected {expected.ValueKind} but was {actual.ValueKind}");
            return;
        }
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in expected.EnumerateObject())
                {
                    if (actual.TryGetProperty(member.Name, out var other))
                        Compare($"{path}.{member.Name}", member.Value, other, differences);
                    else
                        differences.Add($"{path}.{member.Name}: is missing");
                }
                foreach (var member in actual.EnumerateObject())
                {
                    if (!expected.TryGetProperty(member.Name, out _))
                        differences.Add($"{path}.{member.Name}: was not expected");
                }
                break;
            case JsonValueKind.Array:
                if (expected.GetArrayLength() != actual.GetArrayLength())
                    differences.Add($"{path}: expected {expected.GetArrayLength()} items but there are {actual.GetArrayLength()}");
                for (int i = 0; i < Math.Min(expected.GetArrayLength(), actual.GetArrayLength()); i++)
                    Compare($"{path}[{i}]", expected[i], actual[i], differences);
                break;
            case JsonValueKind.String:
                if (expected.GetString() != actual.GetString())
                    differences.Add($"{path}: expected {Shorten(expected.GetRawText())} but was {Shorten(actual.GetRawText())}");
                break;
            default:
                if (expected.GetRawText() != actual.GetRawText())
                    differences.Add($"{path}: expected {expected.GetRawText()} but was {actual.GetRawText()}");
                break;
        }
    }

    private static string Shorten(string text) => text.Length <= 200 ? text : string.Concat(text.AsSpan(0, 200), "...");

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.csproj").Any())
                return Path.Combine(folder.FullName, "Golden");
        }
        throw new InvalidOperationException("The tests run from the output folder of their project.");
    }
}
