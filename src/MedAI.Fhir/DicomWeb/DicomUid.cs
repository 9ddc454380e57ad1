using System.Diagnostics.CodeAnalysis;

namespace MedAI.Fhir.DicomWeb;

/// <summary>A DICOM unique identifier: at most 64 digits and dots, so that it can stand in a URL and can be nothing else there.</summary>
/// <remarks>Source: PS3.5 9.1. Leading zeros of a component are tolerated, because devices write them.</remarks>
public sealed record DicomUid
{
    private DicomUid(string value) => Value = value;

    public string Value { get; }

    public static bool TryRead(string? text, [NotNullWhen(true)] out DicomUid? uid)
    {
        uid = null;
        if (text is not { Length: > 0 and <= 64 } || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[^1]))
            return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiDigit(text[i]) && (text[i] != '.' || text[i - 1] == '.'))
                return false;
        }
        uid = new DicomUid(text);
        return true;
    }

    public override string ToString() => Value;
}
