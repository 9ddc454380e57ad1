using System.Security.Cryptography;

namespace MedAI.Fhir.Requests;

/// <summary>Mints ids; injected, so that tests can foresee them.</summary>
public class IdSource
{
    /// <summary>A random (version 4) UUID in lower case: 122 bits from the system's generator, so that an id cannot be guessed.</summary>
    public virtual string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return AsUuid(bytes, version: 4);
    }

    /// <summary>A UUID (version 8) that is the same for the same name: it names a thing, not an event.</summary>
    public static string NameBased(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name), hash);
        return AsUuid(hash[..16], version: 8);
    }

    private static string AsUuid(Span<byte> bytes, int version)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | (version << 4));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
