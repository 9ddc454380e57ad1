namespace MedAI.Fhir.Access.Outbound;

/// <summary>An address on a trusted origin; only <see cref="OutboundGuard"/> makes one, so that nothing else can be asked.</summary>
public sealed class OutboundTarget
{
    internal OutboundTarget(TrustedOrigin origin, string pathAndQuery)
    {
        Trusted = origin;
        PathAndQuery = pathAndQuery;
    }

    public Origin Origin => Trusted.Origin;

    /// <summary>Begins with a slash; can name patients and is never logged.</summary>
    public string PathAndQuery { get; }

    internal TrustedOrigin Trusted { get; }

    /// <summary>The same origin with another path.</summary>
    /// <param name="pathAndQuery">Begins with a slash.</param>
    public OutboundTarget WithPath(string pathAndQuery)
    {
        if (!pathAndQuery.StartsWith('/') || pathAndQuery.AsSpan().IndexOfAny("\\#\r\n ") >= 0)
            throw new ArgumentException("A path begins with a slash and holds neither backslash nor fragment.", nameof(pathAndQuery));
        return new OutboundTarget(Trusted, pathAndQuery);
    }
}
