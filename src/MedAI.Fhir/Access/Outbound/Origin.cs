using System.Net;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Scheme, host and port of a web address: what trust is given to, never a prefix of a text.</summary>
/// <param name="Scheme"><c>https</c> or <c>http</c>.</param>
/// <param name="Host">Lower case, in ASCII form, without a trailing dot; IPv6 in brackets.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct Origin(string Scheme, string Host, int Port)
{
    private const int LongestAddress = 2_048;

    /// <summary>True for an IP address or name of this machine.</summary>
    public bool IsLoopback => Host == "localhost" || (TryAddress(out var address) && IPAddress.IsLoopback(address));

    /// <summary>The address where the host is written as one.</summary>
    public bool TryAddress(out IPAddress address) => IPAddress.TryParse(Host.Trim('[', ']'), out address!);

    /// <summary>Reads an absolute http or https address once, for the check and for the request alike.</summary>
    /// <remarks>
    /// Refused: user information, fragments, blanks, backslashes and control characters, percent signs and zones in the host, and an IP address in any but
    /// its usual form: two programs could understand these differently, and the one that checks is not the one that connects.
    /// </remarks>
    /// <param name="text">Data from outside.</param>
    /// <param name="origin">Scheme, host and port.</param>
    /// <param name="pathAndQuery">Begins with a slash; dot segments are resolved.</param>
    public static bool TryRead(string? text, out Origin origin, out string pathAndQuery)
    {
        origin = default;
        pathAndQuery = "";
        if (text is null || text.Length > LongestAddress || !HasPlainCharacters(text) || !TryAuthority(text, out var authority))
            return false;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Port is < 1 or > 65_535)
            return false;
        var rawHost = HostOf(authority);
        if (AsciiHost(uri) is not { } ascii)
            return false;
        string host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{ascii.Trim('[', ']')}]" : WithoutTrailingDot(ascii).ToLowerInvariant();
        bool said = uri.HostNameType switch
        {
            UriHostNameType.Dns => NamesHost(rawHost, host),
            UriHostNameType.IPv4 or UriHostNameType.IPv6 => rawHost.Equals(host, StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
        if (!said || host.Length == 0)
            return false;
        origin = new Origin(uri.Scheme, host, uri.Port);
        pathAndQuery = uri.GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped);
        return pathAndQuery.StartsWith('/');
    }

    /// <summary>True for an origin as a browser writes it, with or without a slash at its end: no path, no wildcard.</summary>
    public static bool IsAlone(string text) => TryRead(text, out var origin, out string path) && path == "/" && origin.ToString() == text.TrimEnd('/');

    /// <summary>Scheme, host and port as in a URL; the port only where it is not the scheme's own.</summary>
    public override string ToString() => Port == (Scheme == Uri.UriSchemeHttps ? 443 : 80) ? $"{Scheme}://{Host}" : $"{Scheme}://{Host}:{Port}";

    private static bool HasPlainCharacters(string text)
    {
        foreach (char c in text)
        {
            if (c is <= ' ' or '\\' or '#' or '\x7F' || char.IsControl(c) || char.IsSurrogate(c))
                return false;
        }
        return true;
    }

    private static bool TryAuthority(string text, out ReadOnlySpan<char> authority)
    {
        authority = default;
        int start = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : 0;
        if (start == 0)
            return false;
        authority = text.AsSpan(start);
        int end = authority.IndexOfAny('/', '?');
        authority = end < 0 ? authority : authority[..end];
        return authority.Length > 0 && authority[^1] != ':' && authority.IndexOfAny('@', '%') < 0;
    }

    /// <summary>Null for a name that has no form in ASCII; the library accepts such a name first and throws here.</summary>
    private static string? AsciiHost(Uri uri)
    {
        try
        {
            return uri.IdnHost;
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    /// <summary>True for a name as it is usually written: in ASCII, or international with plain dots. An address in the disguise of a name is none.</summary>
    private static bool NamesHost(ReadOnlySpan<char> raw, string host)
    {
        if (IPAddress.TryParse(host, out _))
            return false;
        return System.Text.Ascii.IsValid(raw)
            ? WithoutTrailingDot(raw.ToString()).Equals(host, StringComparison.OrdinalIgnoreCase)
            : raw.IndexOfAny('\u3002', '\uFF0E', '\uFF61') < 0 && host.Contains("xn--", StringComparison.Ordinal);
    }

    private static ReadOnlySpan<char> HostOf(ReadOnlySpan<char> authority)
    {
        int colon = authority.LastIndexOf(':');
        return colon < 0 || (authority[0] == '[' && authority[^1] == ']') ? authority : authority[..colon];
    }

    private static string WithoutTrailingDot(string host) => host.EndsWith('.') ? host[..^1] : host;
}
