namespace MedAI.Fhir.Access.Outbound;

/// <summary>What calls to other systems leave in the log: event ids 5000 to 5099; origins, codes and counts, never a path, a header or a body.</summary>
internal static partial class OutboundLog
{
    [LoggerMessage(5000, LogLevel.Information, "May contact {Origin} for {Uses}; internal: {Internal}")]
    public static partial void Trusted(ILogger logger, Origin origin, string uses, bool @internal);

    [LoggerMessage(5001, LogLevel.Debug, "{Origin} answered {Status} in {Milliseconds:0.0} ms")]
    public static partial void Answered(ILogger logger, Origin origin, int status, double milliseconds);

    [LoggerMessage(5010, LogLevel.Warning, "{Origin} did not give what was asked: {Error}, status {Status}, after {Milliseconds:0.0} ms and {Tries} tries")]
    public static partial void Failed(ILogger logger, Origin origin, OutboundErrorKind error, int? status, double milliseconds, int tries);

    [LoggerMessage(5011, LogLevel.Error, "{Origin} failed too often and is left alone for {Milliseconds} ms")]
    public static partial void Opened(ILogger logger, Origin origin, int milliseconds);
}
