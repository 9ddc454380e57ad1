using System.Text;

namespace MedAI.Terminology;

/// <summary>A comma-separated table with a header, quoted fields and perhaps a byte order mark.</summary>
public sealed class CsvTable
{
    private readonly Dictionary<string, int> _columns;
    private readonly List<string[]> _rows;

    private CsvTable(List<string[]> lines)
    {
        _columns = lines[0].Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        _rows = lines[1..];
    }

    public static CsvTable Read(string file) => new([.. Lines(File.ReadAllText(file).TrimStart('\uFEFF'))]);

    public IEnumerable<Func<string, string>> Rows() => _rows.Select(row => new Func<string, string>(column => _columns[column] < row.Length ? row[_columns[column]].Trim() : ""));

    private static IEnumerable<string[]> Lines(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted)
            {
                if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                    field.Append(text[++i]);
                else if (c == '"')
                    quoted = false;
                else
                    field.Append(c);
            }
            else if (c == '"')
            {
                quoted = true;
            }
            else if (c is ',' or '\n')
            {
                fields.Add(field.ToString());
                field.Clear();
                if (c == '\n')
                {
                    if (fields.Count > 1)
                        yield return [.. fields];
                    fields.Clear();
                }
            }
            else if (c != '\r')
            {
                field.Append(c);
            }
        }
        fields.Add(field.ToString());
        if (fields.Count > 1)
            yield return [.. fields];
    }
}
