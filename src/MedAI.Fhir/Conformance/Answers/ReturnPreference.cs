namespace MedAI.Fhir.Conformance.Answers;

/// <summary>What a client wants back from an interaction that stored something: <c>Prefer: return=...</c> (FHIR R4, http.html 3.1.0.1.7).</summary>
public enum ReturnPreference
{
    /// <summary>Nothing was said.</summary>
    None,
    /// <summary>Headers alone.</summary>
    Minimal,
    /// <summary>The resource.</summary>
    Representation,
    /// <summary>An OperationOutcome.</summary>
    OperationOutcome,
}

/// <summary>Reads <c>Prefer</c>.</summary>
public static class ReturnPreferences
{
    /// <summary>The first preference that is known; what is not known is ignored, as RFC 7240 demands.</summary>
    public static ReturnPreference Of(HttpRequest request)
    {
        foreach (string? header in request.Headers["Prefer"])
        {
            foreach (string item in (header ?? "").Split([',', ';'], StringSplitOptions.TrimEntries))
            {
                if (!item.StartsWith("return=", StringComparison.OrdinalIgnoreCase))
                    continue;
                string value = item["return=".Length..].Trim('"');
                if (value.Equals("minimal", StringComparison.OrdinalIgnoreCase))
                    return ReturnPreference.Minimal;
                if (value.Equals("representation", StringComparison.OrdinalIgnoreCase))
                    return ReturnPreference.Representation;
                if (value.Equals("OperationOutcome", StringComparison.OrdinalIgnoreCase))
                    return ReturnPreference.OperationOutcome;
            }
        }
        return ReturnPreference.None;
    }
}
