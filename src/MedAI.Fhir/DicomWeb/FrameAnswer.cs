using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Limits;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Reads one uncompressed frame, or other octets, out of a multipart or plain answer.</summary>
/// <remarks>
/// Source: PS3.18 8.7.3. The type parameter is quoted and holds semicolons, so the header is parsed and never split. A part of an image type is compressed
/// data: the server did not do what it was asked to, and guessing a codec here would be a decoder that nobody verified.
/// </remarks>
internal static class FrameAnswer
{
    /// <summary>Asks for little-endian octets, explicitly: otherwise some servers send what they stored.</summary>
    public const string Accept = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=1.2.840.10008.1.2.1";

    /// <summary>Asks for the data of an attribute that lies at an address of its own.</summary>
    public const string BulkAccept = "multipart/related; type=\"application/octet-stream\", application/octet-stream;q=0.5";

    /// <summary>Longest boundary of RFC 2046.</summary>
    private const int LongestBoundary = 70;

    private const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    private const string ImplicitLittleEndian = "1.2.840.10008.1.2";

    /// <summary>Bytes beyond the frame that an answer may hold: headers, boundaries, a pad byte.</summary>
    public const int Overhead = 32 * 1024;

    /// <param name="answer">The answer.</param>
    /// <param name="length">Bytes that the frame must have; one pad byte more is accepted, as DICOM pads to even lengths.</param>
    /// <exception cref="UnreadableAnswerException">Neither multipart nor plain octets.</exception>
    public static ValueTask<(PooledBytes? Pixels, DicomWebErrorKind? Refusal)> ReadAsync(OutboundAnswer answer, int length, CancellationToken cancellationToken) =>
        ReadAsync(answer, length, length, cancellationToken);

    /// <param name="answer">The answer.</param>
    /// <param name="shortest">Bytes that it has at least.</param>
    /// <param name="longest">Bytes that it has at most, beside a pad byte.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="UnreadableAnswerException">Neither multipart nor plain octets.</exception>
    public static async ValueTask<(PooledBytes? Octets, DicomWebErrorKind? Refusal)> ReadAsync(OutboundAnswer answer, int shortest, int longest, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(answer.ContentType, out var type))
            throw new UnreadableAnswerException();
        if (!type.MediaType.Equals("multipart/related", StringComparison.OrdinalIgnoreCase))
            return Refusal(type) is { } refused ? (null, refused) : await ReadOctetsAsync(answer.Body, shortest, longest, cancellationToken);
        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > LongestBoundary)
            throw new UnreadableAnswerException();
        var parts = new MultipartReader(boundary, answer.Body, 16 * 1024) { HeadersCountLimit = 16, HeadersLengthLimit = 8 * 1024 };
        PooledBytes? octets = null;
        try
        {
            if (await parts.ReadNextSectionAsync(cancellationToken) is not { } part)
                return (null, DicomWebErrorKind.FrameUnreadable);
            // A server may leave the type of the part to the type of the whole.
            if (part.ContentType is not null && (!MediaTypeHeaderValue.TryParse(part.ContentType, out var partType) || Refusal(partType) is not null))
                return (null, partType is null ? DicomWebErrorKind.FrameUnreadable : Refusal(partType));
            if (part.Headers?.ContainsKey("Content-Encoding") == true)
                return (null, DicomWebErrorKind.FrameCompressed);
            (octets, var refusal) = await ReadOctetsAsync(part.Body, shortest, longest, cancellationToken);
            if (refusal is not null)
                return (null, refusal);
            if (await parts.ReadNextSectionAsync(cancellationToken) is not null)
            {
                // One frame was asked for; which of several is meant nobody can say.
                octets!.Dispose();
                return (null, DicomWebErrorKind.FrameUnreadable);
            }
            return (octets, null);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            // The heads of the parts pass a limit, or the body ended without its last boundary. A broken connection is told apart by the stream below.
            octets?.Dispose();
            return (null, DicomWebErrorKind.FrameUnreadable);
        }
        catch
        {
            octets?.Dispose();
            throw;
        }
    }

    private static DicomWebErrorKind? Refusal(MediaTypeHeaderValue type)
    {
        if (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase) || type.Type.Equals("video", StringComparison.OrdinalIgnoreCase))
            return DicomWebErrorKind.FrameCompressed;
        if (!type.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase))
            return DicomWebErrorKind.FrameUnreadable;
        foreach (var parameter in type.Parameters)
        {
            if (parameter.Name.Equals("transfer-syntax", StringComparison.OrdinalIgnoreCase) && !IsUncompressed(HeaderUtilities.RemoveQuotes(parameter.Value)))
                return DicomWebErrorKind.FrameCompressed;
        }
        return null;
    }

    private static bool IsUncompressed(StringSegment syntax) => syntax == ExplicitLittleEndian || syntax == ImplicitLittleEndian;

    private static async ValueTask<(PooledBytes?, DicomWebErrorKind?)> ReadOctetsAsync(Stream body, int shortest, int longest, CancellationToken cancellationToken)
    {
        var octets = PooledBytes.Rent(longest);
        try
        {
            int read = await body.ReadAtLeastAsync(octets.Memory, longest, throwOnEndOfStream: false, cancellationToken);
            if (read < longest && read >= shortest)
            {
                octets.Shorten(read);
                return (octets, null);
            }
            byte[] rest = new byte[2];
            if (read == longest && await body.ReadAtLeastAsync(rest, 2, throwOnEndOfStream: false, cancellationToken) <= (longest & 1))
                return (octets, null);
        }
        catch
        {
            octets.Dispose();
            throw;
        }
        octets.Dispose();
        return (null, DicomWebErrorKind.FrameLengthWrong);
    }
}
