using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Attributes of one data set in the DICOM JSON model.</summary>
/// <remarks>
/// Source: PS3.18 F.2. An absent attribute and one without a value read alike: null or empty. Numbers written as strings are read too, because servers write
/// DS and IS either way. What cannot be read as asked is null, never zero.
/// </remarks>
internal readonly struct DicomAttributes(JsonElement dataSet)
{
    /// <summary>Whether the attribute is there, with a value or without.</summary>
    public bool Has(string tag) => Attribute(tag).ValueKind == JsonValueKind.Object;

    /// <summary>The only or first value as text, without the blanks that DICOM pads with; null when there is none.</summary>
    public string? Text(string tag)
    {
        foreach (var value in Values(tag))
            return TextOf(value);
        return null;
    }

    /// <summary>True when there is more than one value.</summary>
    public bool IsSeveral(string tag)
    {
        var values = FhirJson.Member(Attribute(tag), "Value"u8);
        return values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 1;
    }

    public int? Integer(string tag)
    {
        foreach (var value in Values(tag))
            return IntegerOf(value);
        return null;
    }

    /// <summary>An unsigned 16-bit number that also says it is one (VR US): a wider type in a size was an overflow in more than one decoder.</summary>
    public int? UnsignedShort(string tag)
    {
        var vr = FhirJson.Member(Attribute(tag), "vr"u8);
        return (vr.ValueKind == JsonValueKind.Undefined || FhirJson.Is(vr, "US"u8)) && Integer(tag) is >= 0 and <= ushort.MaxValue and var number ? number : null;
    }

    /// <summary>A finite number.</summary>
    public double? Number(string tag)
    {
        foreach (var value in Values(tag))
            return NumberOf(value);
        return null;
    }

    /// <summary>All values as numbers; null when one of them is none.</summary>
    /// <param name="most">More values than this are refused as well.</param>
    public double[]? Numbers(string tag, int most)
    {
        var values = FhirJson.Member(Attribute(tag), "Value"u8);
        if (values.ValueKind != JsonValueKind.Array)
            return [];
        if (values.GetArrayLength() > most)
            return null;
        var numbers = new double[values.GetArrayLength()];
        int at = 0;
        foreach (var value in values.EnumerateArray())
        {
            if (NumberOf(value) is not { } number)
                return null;
            numbers[at++] = number;
        }
        return numbers;
    }

    /// <summary>Items of a sequence; nothing for anything else.</summary>
    public JsonElement.ArrayEnumerator Items(string tag) => Values(tag);

    /// <summary>Unsigned 8- or 16-bit words of table data: as numbers, or as little-endian bytes in Base64. Null when they are neither, or are more than allowed.</summary>
    /// <param name="count">Words wanted.</param>
    public ushort[]? Words(string tag, int count)
    {
        var attribute = Attribute(tag);
        if (FhirJson.Member(attribute, "InlineBinary"u8) is { ValueKind: JsonValueKind.String } binary)
            return Bytes(binary, count) is { } bytes ? WordsOf(bytes, count) : null;
        var values = FhirJson.Member(attribute, "Value"u8);
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() != count)
            return null;
        var words = new ushort[count];
        int at = 0;
        foreach (var value in values.EnumerateArray())
        {
            // A table of signed values is written with a minus; its bits are the same.
            if (IntegerOf(value) is not (>= short.MinValue and <= ushort.MaxValue and var word))
                return null;
            words[at++] = unchecked((ushort)word);
        }
        return words;
    }

    /// <summary>Where the server gives an attribute's data that it did not write here; null when it wrote it.</summary>
    public string? BulkDataUri(string tag) => FhirJson.String(FhirJson.Member(Attribute(tag), "BulkDataURI"u8));

    private JsonElement Attribute(string tag) =>
        dataSet.ValueKind == JsonValueKind.Object && dataSet.TryGetProperty(tag, out var found) ? found : default;

    private JsonElement.ArrayEnumerator Values(string tag) => FhirJson.Items(FhirJson.Member(Attribute(tag), "Value"u8));

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => FhirJson.String(value)?.Trim(' ', '\0') is { Length: > 0 } text ? text : null,
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static int? IntegerOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int integer))
            return integer;
        return NumberOf(value) is { } number && number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;
    }

    private static double? NumberOf(JsonElement value)
    {
        double number;
        if (value.ValueKind == JsonValueKind.Number)
            return value.TryGetDouble(out number) && double.IsFinite(number) ? number : null;
        return TextOf(value) is { Length: <= 64 } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number) ? number : null;
    }

    private static byte[]? Bytes(JsonElement binary, int count)
    {
        // Base64 needs 4 characters for 3 bytes; longer texts are not decoded at all.
        if (FhirJson.Text(binary).Length > (count * 2L / 3 * 4) + 8)
            return null;
        return binary.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : null;
    }

    /// <summary>Words of 8 or 16 bits, little-endian; null when the bytes are not so many words.</summary>
    /// <param name="bytes">One or two per word; a pad byte makes an odd number even.</param>
    public static ushort[]? WordsOf(ReadOnlySpan<byte> bytes, int count)
    {
        var words = new ushort[count];
        if (bytes.Length == count || bytes.Length == count + (count & 1))
        {
            for (int i = 0; i < count; i++)
                words[i] = bytes[i];
            return words;
        }
        if (bytes.Length != count * 2)
            return null;
        for (int i = 0; i < count; i++)
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * 2)..]);
        return words;
    }
}
