namespace MedAI.Fhir.Access.Outbound;

/// <summary>A successful answer whose body has not been read yet.</summary>
/// <param name="Status">200 to 299.</param>
/// <param name="ContentType">As sent; null when absent.</param>
/// <param name="Body">Decompressed, bounded, read once.</param>
public sealed record OutboundAnswer(int Status, string? ContentType, Stream Body)
{
    /// <summary>The Location header: data from outside; null when absent.</summary>
    public string? Location { get; init; }
}

/// <summary>The reader of an answer found that it is not what was asked for.</summary>
internal sealed class UnreadableAnswerException() : Exception("The answer is not what was asked for.");
