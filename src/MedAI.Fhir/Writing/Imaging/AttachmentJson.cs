using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>What an Attachment says about its bytes.</summary>
/// <param name="Bytes">What it stands for; size and hash are of these.</param>
/// <param name="Url">Where the bytes are; null when they stand inline.</param>
internal sealed record AttachmentFacts(string ContentType, string? Language, ReadOnlyMemory<byte> Bytes, string? Url, string Title, DateTimeOffset Creation);

/// <summary>Adds bytes to resources that Firely has written.</summary>
/// <remarks>
/// By hand, because Firely's shared Attachment type writes the size as R5's integer64, a string, which R4 does not know; and because a page
/// with pictures of several hundred kilobytes need not go through its object model.
/// </remarks>
internal static class AttachmentJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = FhirJson.Encoder, SkipValidation = true };

    /// <summary>Adds a member with one attachment to the end of a resource.</summary>
    /// <param name="list">The member is a list.</param>
    public static ReadOnlyMemory<byte> Add(byte[] resource, string member, bool list, AttachmentFacts facts)
    {
        var buffer = Begin(resource, member, facts.Url is null ? facts.Bytes.Length : 0);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            if (list)
                writer.WriteStartArray();
            writer.WriteStartObject();
            writer.WriteString("contentType", facts.ContentType);
            if (facts.Language is { } language)
                writer.WriteString("language", language);
            if (facts.Url is { } url)
                writer.WriteString("url", url);
            else
            {
                writer.Flush();
                buffer.Write(",\"data\":"u8);
                WriteBase64(buffer, facts.Bytes.Span);
            }
            writer.WriteNumber("size", facts.Bytes.Length);
            // R4 asks for SHA-1 here; it finds damage, it proves no origin.
#pragma warning disable CA5350
            writer.WriteBase64String("hash", SHA1.HashData(facts.Bytes.Span));
#pragma warning restore CA5350
            writer.WriteString("title", facts.Title);
            writer.WriteString("creation", FhirTime.Format(facts.Creation));
            writer.WriteEndObject();
            if (list)
                writer.WriteEndArray();
        }
        buffer.Write("}"u8);
        return buffer.WrittenMemory;
    }

    /// <summary>Adds the data of a Binary.</summary>
    public static ReadOnlyMemory<byte> AddData(byte[] binary, ReadOnlyMemory<byte> data)
    {
        var buffer = Begin(binary, "data", data.Length);
        WriteBase64(buffer, data.Span);
        buffer.Write("}"u8);
        return buffer.WrittenMemory;
    }

    /// <summary>A base64 string as it is: the writer would escape its plus signs, which makes a picture 8 % longer.</summary>
    private static void WriteBase64(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        Span<byte> room = buffer.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length) + 2);
        room[0] = (byte)'"';
        Base64.EncodeToUtf8(bytes, room[1..], out _, out int written);
        room[written + 1] = (byte)'"';
        buffer.Advance(written + 2);
    }

    private static ArrayBufferWriter<byte> Begin(byte[] resource, string member, int data)
    {
        var buffer = new ArrayBufferWriter<byte>(resource.Length + data / 3 * 4 + 4096);
        buffer.Write(resource.AsSpan(0, resource.Length - 1));
        buffer.Write(Encoding.UTF8.GetBytes($",\"{member}\":"));
        return buffer;
    }
}
