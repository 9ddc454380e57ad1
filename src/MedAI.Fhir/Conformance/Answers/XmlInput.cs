using System.Text;
using System.Xml;

namespace MedAI.Fhir.Conformance.Answers;

/// <summary>The one place where XML from outside meets a parser; the build refuses any other (BannedSymbols.txt).</summary>
/// <remarks>
/// Document type declarations are refused, so that there are no entities to expand and nothing to fetch; nothing is resolved; XInclude is markup like any other.
/// Only UTF-8 is read, whatever the XML declaration claims, with or without the byte order mark that XML allows.
/// </remarks>
public static class XmlInput
{
    /// <summary>As for JSON: a parser's stack must not depend on the sender.</summary>
    public const int MaxDepth = Limits.StrictJson.MaxDepth;

    /// <summary>Elements of one document; a full ICU stay has about 10,000. Each becomes an object of some hundred bytes.</summary>
    public const int MaxElements = 200_000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly XmlReaderSettings Hardened = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersFromEntities = 1,
        CheckCharacters = true,
        ConformanceLevel = ConformanceLevel.Document,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        CloseInput = true,
    };

    /// <summary>Looks at the whole document before anything is made of it.</summary>
    /// <returns>Null when it is well-formed and within the limits; otherwise what is wrong, without content.</returns>
    public static Failure? Examine(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var reader = Open(utf8);
            int elements = 0;
            while (reader.Read())
            {
                if (reader.Depth > MaxDepth)
                    return new Failure(FailureCode.MalformedXml, $"The body is nested more deeply than {MaxDepth} levels.");
                if (reader.NodeType == XmlNodeType.Element && ++elements > MaxElements)
                    return new Failure(FailureCode.TooManyResources, $"The body has more than {MaxElements} elements.");
            }
            return null;
        }
        catch (XmlException error)
        {
            // The message may quote the document.
            return new Failure(FailureCode.MalformedXml, $"The body is not well-formed XML without a document type; line {error.LineNumber}, position {error.LinePosition}.");
        }
        catch (DecoderFallbackException)
        {
            return new Failure(FailureCode.MalformedXml, "The body is not UTF-8.");
        }
    }

    /// <exception cref="XmlException">While reading: the document is not well-formed or has a document type.</exception>
    /// <exception cref="DecoderFallbackException">While reading: the bytes are not UTF-8.</exception>
    public static XmlReader Open(ReadOnlyMemory<byte> utf8)
    {
        var text = utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        // A reader of text does not follow the encoding that the document claims.
#pragma warning disable RS0030
        return XmlReader.Create(new StreamReader(new ReadOnlyMemoryStream(text), Strict, detectEncodingFromByteOrderMarks: false), Hardened);
#pragma warning restore RS0030
    }
}
