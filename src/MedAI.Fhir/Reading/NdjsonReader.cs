using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>Turns newline-delimited FHIR JSON into documents.</summary>
public static class NdjsonReader
{
    /// <summary>Parses every line that is not blank.</summary>
    /// <param name="name">Name of the whole; a line's document is called <c>name[line]</c>, counted from 0.</param>
    /// <param name="utf8">The lines; they must stay unchanged while the documents are used.</param>
    /// <param name="options">Depth and strictness of the parser.</param>
    public static NdjsonDocuments Read(string name, ReadOnlyMemory<byte> utf8, JsonDocumentOptions options = default)
    {
        var parsed = new List<JsonDocument>();
        var documents = new List<ClinicalDocument>();
        var problems = new List<ReadingProblem>();
        for (int line = 0; !utf8.IsEmpty; line++)
        {
            int end = utf8.Span.IndexOf((byte)'\n');
            var text = end < 0 ? utf8 : utf8[..end];
            utf8 = end < 0 ? default : utf8[(end + 1)..];
            if (text.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            try
            {
                var document = JsonDocument.Parse(text, options);
                parsed.Add(document);
                documents.Add(new ClinicalDocument($"{name}[{line}]", document.RootElement));
            }
            catch (JsonException)
            {
                // The exception's message quotes the line, which may be about a patient.
                problems.Add(new ReadingProblem(ReadingProblemKind.Malformed, $"{name}[{line}]", "not JSON"));
            }
        }
        return new NdjsonDocuments(documents, problems, parsed);
    }
}

/// <summary>Documents of an NDJSON body and the lines that were not JSON. Dispose returns the parser's memory; the documents are then dead.</summary>
public sealed class NdjsonDocuments : IDisposable
{
    private readonly List<JsonDocument> _parsed;

    internal NdjsonDocuments(IReadOnlyList<ClinicalDocument> documents, IReadOnlyList<ReadingProblem> problems, List<JsonDocument> parsed)
    {
        Documents = documents;
        Problems = problems;
        _parsed = parsed;
    }

    public IReadOnlyList<ClinicalDocument> Documents { get; }

    public IReadOnlyList<ReadingProblem> Problems { get; }

    public void Dispose()
    {
        foreach (var document in _parsed)
            document.Dispose();
        _parsed.Clear();
    }
}
