using System.Text.Json;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Limits;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.DicomWeb;

/// <summary>An array of data sets in the DICOM JSON model, and the memory that it lies in.</summary>
internal sealed class DicomJsonAnswer : IDisposable
{
    public const string MediaType = "application/dicom+json";

    private readonly PooledBytes? _bytes;
    private readonly JsonDocument? _document;

    private DicomJsonAnswer(PooledBytes? bytes, JsonDocument? document)
    {
        _bytes = bytes;
        _document = document;
    }

    public int Count => _document?.RootElement.GetArrayLength() ?? 0;

    public IEnumerable<DicomAttributes> DataSets => _document is null ? [] : _document.RootElement.EnumerateArray().Select(set => new DicomAttributes(set));

    /// <summary>Reads an answer; 204 is an empty array.</summary>
    /// <exception cref="UnreadableAnswerException">It is no array of objects in JSON: a login page, broken text, too deep.</exception>
    public static async ValueTask<DicomJsonAnswer> ReadAsync(OutboundAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Status == 204)
            return new DicomJsonAnswer(null, null);
        if (!MediaTypeHeaderValue.TryParse(answer.ContentType, out var type) || !(type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase) || type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)))
            throw new UnreadableAnswerException();
        var bytes = await PooledBytes.ReadAllAsync(answer.Body, cancellationToken);
        if (StrictJson.TryParse(bytes.Memory, out var document, out _))
        {
            if (document.RootElement.ValueKind == JsonValueKind.Array && document.RootElement.EnumerateArray().All(set => set.ValueKind == JsonValueKind.Object))
                return new DicomJsonAnswer(bytes, document);
            document.Dispose();
        }
        bytes.Dispose();
        throw new UnreadableAnswerException();
    }

    public void Dispose()
    {
        _document?.Dispose();
        _bytes?.Dispose();
    }
}
