using System.Runtime.CompilerServices;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Limits;

/// <summary>A request's JSON with the pooled buffer that it points into; dispose when nothing of it is used any more.</summary>
public sealed class JsonBody : IDisposable
{
    private readonly BoundedBody? _bytes;
    private readonly JsonDocument _document;

    private JsonBody(BoundedBody? bytes, JsonDocument document)
    {
        _bytes = bytes;
        _document = document;
    }

    public JsonElement Root => _document.RootElement;

    internal static (JsonBody? Body, Failure? Failure) Parse(BoundedBody bytes)
    {
        if (StrictJson.TryParse(bytes.Memory, out var document, out var failure))
            return (new JsonBody(bytes, document), null);
        bytes.Dispose();
        return (null, failure);
    }

    /// <summary>The same for JSON that was made of another form of body.</summary>
    /// <param name="utf8">Not changed afterwards.</param>
    internal static (JsonBody? Body, Failure? Failure) Parse(ReadOnlyMemory<byte> utf8) =>
        StrictJson.TryParse(utf8, out var document, out var failure) ? (new JsonBody(null, document), null) : (null, failure);

    public void Dispose()
    {
        _document.Dispose();
        _bytes?.Dispose();
    }
}

/// <summary>Reads request bodies as JSON within the limits.</summary>
public sealed class JsonBodyReader(IOptions<LimitsOptions> limits, TimeProvider time)
{
    /// <returns>The body, to be disposed by the caller, or why it cannot be read.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(JsonBody? Body, Failure? Failure)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!ContentNegotiation.AcceptsBody(request.ContentType))
            return (null, new Failure(FailureCode.UnsupportedMediaType));
        var read = await BoundedBody.ReadAsync(request, limits.Value, time, cancellationToken);
        return read.Body is { } bytes ? JsonBody.Parse(bytes) : (null, read.Failure);
    }
}
