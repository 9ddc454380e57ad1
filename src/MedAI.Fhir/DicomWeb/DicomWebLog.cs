using MedAI.Fhir.Access.Outbound;

namespace MedAI.Fhir.DicomWeb;

/// <summary>What fetching images leaves in the log: event ids 5100 to 5199; counts and codes, never a UID, a patient number or an address.</summary>
internal static partial class DicomWebLog
{
    [LoggerMessage(5100, LogLevel.Information, "A study has {Instances} images to fetch; {Refusals} parts were refused")]
    public static partial void Planned(ILogger logger, int instances, int refusals);

    [LoggerMessage(5101, LogLevel.Debug, "An image of {Bytes} bytes was fetched in {Milliseconds:0.0} ms")]
    public static partial void Fetched(ILogger logger, int bytes, double milliseconds);

    [LoggerMessage(5110, LogLevel.Warning, "A study was refused: {Error}, {Cause}")]
    public static partial void StudyRefused(ILogger logger, DicomWebErrorKind error, OutboundErrorKind? cause);

    [LoggerMessage(5111, LogLevel.Warning, "An image was refused: {Error}, {Cause}")]
    public static partial void ImageRefused(ILogger logger, DicomWebErrorKind error, OutboundErrorKind? cause);

    [LoggerMessage(5112, LogLevel.Information, "An image is not read: {Reason}, {Reasons} reasons")]
    public static partial void ImageNotRead(ILogger logger, string reason, int reasons);
}
