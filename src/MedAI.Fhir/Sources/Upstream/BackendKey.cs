using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Sources.Upstream;

/// <summary>The private key with which this server proves to an authorization server who it is.</summary>
internal static class BackendKey
{
    private const int ShortestRsaKey = 2_048;

    private const int P384Bits = 384;

    /// <summary>Credentials for ES384 or RS384, by the kind of key.</summary>
    /// <param name="problem">What is wrong with the file, without its content; null when all is well.</param>
    public static SigningCredentials? TryRead(UpstreamOptions options, out string? problem)
    {
        problem = null;
        string pem;
        try
        {
            pem = File.ReadAllText(options.KeyFile!);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problem = "cannot be read";
            return null;
        }
        SecurityKey? key = Elliptic(pem, ref problem) ?? (SecurityKey?)Rsa(pem, ref problem);
        if (key is null)
        {
            problem ??= "holds no private key in PEM";
            return null;
        }
        key.KeyId = options.KeyId;
        // The two algorithms that SMART App Launch requires of an authorization server.
        return new SigningCredentials(key, key is ECDsaSecurityKey ? SecurityAlgorithms.EcdsaSha384 : SecurityAlgorithms.RsaSha384);
    }

    private static ECDsaSecurityKey? Elliptic(string pem, ref string? problem)
    {
        var key = ECDsa.Create();
        if (TryImport(key, pem, () => key.ExportParameters(includePrivateParameters: true)))
        {
            if (key.KeySize == P384Bits)
                return new ECDsaSecurityKey(key);
            problem = "holds an EC key that is not of curve P-384";
        }
        key.Dispose();
        return null;
    }

    private static RsaSecurityKey? Rsa(string pem, ref string? problem)
    {
        if (problem is not null)
            return null;
        var key = RSA.Create();
        if (TryImport(key, pem, () => key.ExportParameters(includePrivateParameters: true)))
        {
            if (key.KeySize >= ShortestRsaKey)
                return new RsaSecurityKey(key);
            problem = $"holds an RSA key of fewer than {ShortestRsaKey} bits";
        }
        key.Dispose();
        return null;
    }

    /// <summary>False where the text holds another kind of key, or none.</summary>
    /// <param name="exportPrivate">A public key alone can be imported as well, and cannot sign.</param>
    private static bool TryImport<T>(AsymmetricAlgorithm key, string pem, Func<T> exportPrivate)
    {
        try
        {
            key.ImportFromPem(pem);
            _ = exportPrivate();
            return true;
        }
        catch (Exception other) when (other is ArgumentException or CryptographicException)
        {
            return false;
        }
    }
}
