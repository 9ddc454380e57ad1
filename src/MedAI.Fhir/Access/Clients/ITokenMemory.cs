using System.Security.Cryptography;
using System.Text;

namespace MedAI.Fhir.Access.Clients;

/// <summary>What is known about a token's use.</summary>
public enum TokenUse
{
    /// <summary>Nobody used it before; from now on it is used.</summary>
    First,
    /// <summary>It was used, or there is no room to remember it.</summary>
    Again,
    /// <summary>Nobody can say now.</summary>
    Unknown,
}

/// <summary>Remembers which tokens were used, until they have expired anyway: each opens the door once.</summary>
public interface ITokenMemory
{
    /// <param name="issuer"><c>iss</c>; a jti is unique within it.</param>
    /// <param name="id"><c>jti</c>.</param>
    /// <param name="until">When the token can no longer be used.</param>
    ValueTask<TokenUse> UseAsync(string issuer, string id, DateTimeOffset until);
}

/// <summary>What a memory keeps of a token: nobody can read it back.</summary>
internal static class TokenDigest
{
    /// <summary>SHA-256, 32 bytes.</summary>
    public static byte[] Of(string issuer, string id) => SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer}\n{id}"));
}
