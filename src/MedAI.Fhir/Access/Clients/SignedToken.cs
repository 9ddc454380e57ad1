using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>A JWT as it was sent: what it says is not true before its signature was checked.</summary>
/// <remarks>Whatever it brings along to be checked with (jwk, x5c, x5u) is not looked at. A claim of a wrong type is as good as none.</remarks>
internal sealed class SignedToken
{
    /// <summary>Characters of the longest token that is looked at.</summary>
    private const int LongestToken = 8 * 1024;

    private const int LongestText = 256;

    private static readonly JsonWebTokenHandler Handler = new();

    private readonly JsonWebToken _jwt;

    private SignedToken(JsonWebToken jwt, string algorithm) => (_jwt, Algorithm) = (jwt, algorithm);

    public string Issuer => _jwt.Issuer;

    /// <summary><c>typ</c>; null or empty where it says none.</summary>
    public string? Type => _jwt.Typ;

    /// <summary>One of <see cref="PublicKeys.Algorithms"/>.</summary>
    public string Algorithm { get; }

    public string KeyId => _jwt.Kid;

    /// <summary>Reads the token of an Authorization header that has the form of one and names a public-key algorithm and a key.</summary>
    /// <remarks>Three parts of Base64url; an encrypted or compressed token has five and is not opened.</remarks>
    public static bool TryRead(StringValues authorization, [NotNullWhen(true)] out SignedToken? token)
    {
        token = null;
        if (authorization is not [{ } header] || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return false;
        string text = header[7..];
        if (text.Length is 0 or > LongestToken || text.AsSpan().Count('.') != 2 || !Handler.CanReadToken(text))
            return false;
        try
        {
            var jwt = new JsonWebToken(text);
            if (jwt.Kid is not { Length: > 0 and <= LongestText } || jwt.Alg is not { } algorithm || !PublicKeys.Algorithms.Contains(algorithm))
                return false;
            _ = (jwt.Issuer, jwt.Typ);
            token = new SignedToken(jwt, algorithm);
            return true;
        }
        catch (Exception malformed) when (malformed is ArgumentException or InvalidCastException or FormatException or SecurityTokenException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    public bool IsFor(string audience) => _jwt.Audiences.Contains(audience, StringComparer.Ordinal);

    /// <summary>A token may name where its keys are, and no other place than the agreed one.</summary>
    public bool NamesNoKeysBut(string? url) => !_jwt.TryGetHeaderValue("jku", out object? jku) || (jku?.ToString() is { } named && named == url);

    /// <summary>When the token can no longer be used; null when it is expired, not yet issued, too long-lived, or does not say.</summary>
    public DateTimeOffset? Expiry(DateTimeOffset now, ClientsOptions options)
    {
        var skew = TimeSpan.FromSeconds(options.ClockSkewSeconds);
        if (!TryInstant(JwtRegisteredClaimNames.Exp, out var expires) || !TryInstant(JwtRegisteredClaimNames.Iat, out var issued))
            return null;
        if (Has(JwtRegisteredClaimNames.Nbf) && (!TryInstant(JwtRegisteredClaimNames.Nbf, out var from) || from > now + skew))
            return null;
        bool good = expires > now - skew && issued <= now + skew && expires > issued && expires - issued <= TimeSpan.FromSeconds(options.LongestLifeSeconds);
        return good ? expires + skew : null;
    }

    /// <summary>Whose patients it speaks of: the owner's, or those of one of its tenants where it names one that it may name.</summary>
    public bool TryTenant(string owner, IReadOnlyList<string> tenants, out string tenant)
    {
        tenant = owner;
        if (!Has("tenant"))
            return true;
        if (!TryText("tenant", out string? named) || !tenants.Contains(named, StringComparer.Ordinal))
            return false;
        tenant = $"{owner}/{named}";
        return true;
    }

    public bool Has(string claim) => _jwt.TryGetPayloadValue(claim, out object? _);

    public bool TryText(string claim, [NotNullWhen(true)] out string? text) => TryGet(claim, out text) && text is { Length: > 0 and <= LongestText };

    /// <summary>Texts of claims exactly as they were sent, read from the payload itself: the library makes texts of numbers and objects, and dates of texts that look like one.</summary>
    /// <param name="claims">Names of claims.</param>
    /// <param name="longest">Characters of the longest text that is taken.</param>
    /// <returns>In the order of the names, null for those that are not there; null where one is there and is no text, or a text that is empty or too long.</returns>
    public string?[]? ExactTexts(ReadOnlySpan<string> claims, int longest)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(_jwt.EncodedPayload));
        string?[] texts = new string?[claims.Length];
        for (int i = 0; i < claims.Length; i++)
        {
            if (!payload.RootElement.TryGetProperty(claims[i], out var value))
                continue;
            if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } text || text.Length > longest)
                return null;
            texts[i] = text;
        }
        return texts;
    }

    /// <summary>True when the key's owner signed exactly this header and payload.</summary>
    /// <remarks>
    /// The library's providers, which keep the key parsed. Its whole validation would do again, against another clock, what was done here, at the cost of another signature check.
    /// Without a key that fits, a key that nobody holds is checked with: how long a refusal takes does not tell which issuers, tenants and keys are known here.
    /// </remarks>
    public bool IsSignedBy(JsonWebKey? key)
    {
        if (key is null || !PublicKeys.Fits(key, Algorithm))
        {
            _ = Verifies(PublicKeys.Nobodys(Algorithm));
            return false;
        }
        return Verifies(key);
    }

    private bool Verifies(JsonWebKey key)
    {
        var provider = CryptoProviderFactory.Default.CreateForVerifying(key, Algorithm);
        try
        {
            return provider.Verify(Encoding.ASCII.GetBytes($"{_jwt.EncodedHeader}.{_jwt.EncodedPayload}"), Base64UrlEncoder.DecodeBytes(_jwt.EncodedSignature));
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or CryptographicException)
        {
            return false;
        }
        finally
        {
            CryptoProviderFactory.Default.ReleaseSignatureProvider(provider);
        }
    }

    private bool TryInstant(string claim, out DateTimeOffset instant)
    {
        instant = default;
        // Beyond these years arithmetic with it could overflow.
        if (!Has(claim) || !TryGet(claim, out long seconds) || seconds is < 0 or > 32_503_680_000)
            return false;
        instant = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    private bool TryGet<T>(string claim, out T? value)
    {
        value = default;
        try
        {
            return _jwt.TryGetPayloadValue(claim, out value);
        }
        catch (Exception wrongType) when (wrongType is ArgumentException or InvalidCastException or FormatException or OverflowException)
        {
            return false;
        }
    }
}
