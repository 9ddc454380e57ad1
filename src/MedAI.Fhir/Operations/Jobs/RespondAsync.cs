namespace MedAI.Fhir.Operations.Jobs;

/// <summary>Reads <c>Prefer: respond-async</c> (RFC 7240, 4.1).</summary>
internal static class RespondAsync
{
    /// <summary>Other preferences may stand beside it; a parameter such as <c>wait</c> is ignored, as RFC 7240 allows.</summary>
    public static bool IsPreferred(HttpRequest request) => request.Headers["Prefer"]
        .Any(header => (header ?? "").Split([',', ';'], StringSplitOptions.TrimEntries).Any(item => item.Equals("respond-async", StringComparison.OrdinalIgnoreCase)));
}
