using System.Text.Json;
using MedAI.Fhir.Limits;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Answers of which a few values are wanted and nothing is kept.</summary>
internal static class OutboundJson
{
    /// <param name="read">Looks at the root; of an answer without a body it is undefined.</param>
    /// <exception cref="UnreadableAnswerException">The body is not JSON.</exception>
    public static async ValueTask<T> ReadAsync<T>(OutboundAnswer answer, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var bytes = await PooledBytes.ReadAllAsync(answer.Body, cancellationToken);
        if (bytes.Length == 0)
            return read(default);
        if (!StrictJson.TryParse(bytes.Memory, out var document, out _))
            throw new UnreadableAnswerException();
        using (document)
            return read(document.RootElement);
    }
}
