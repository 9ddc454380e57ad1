using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>The only way out of the process: what may be asked, of whom, with which credential, and how much is read.</summary>
/// <remarks>
/// An address from outside is data. It becomes a target only when its scheme, host and port equal a configured origin that is trusted for the use; the
/// address that is connected to is the one that was checked; redirects and proxies are not followed; a credential travels with its origin alone.
/// Thread-safe.
/// </remarks>
public sealed class OutboundGuard : IDisposable
{
    private readonly FrozenDictionary<Origin, TrustedOrigin> _origins;

    public OutboundGuard(IOptions<OutboundOptions> options, HostResolver resolver, TimeProvider time, ILogger<OutboundGuard> log)
    {
        var origins = new Dictionary<Origin, TrustedOrigin>();
        foreach (var entry in options.Value.Origins)
        {
            if (!Origin.TryRead(entry.Origin, out var origin, out _))
                throw new ArgumentException("The options were not validated.", nameof(options));
            origins.Add(origin, new TrustedOrigin(origin, entry, options.Value, resolver, time, log));
            OutboundLog.Trusted(log, origin, string.Join(", ", entry.Uses), entry.Internal);
        }
        _origins = origins.ToFrozenDictionary();
    }

    /// <summary>Turns an address into something that can be asked.</summary>
    /// <param name="address">Data from outside or from configuration.</param>
    /// <param name="use">What is wanted there.</param>
    /// <param name="target">Null where nobody trusts the address for that.</param>
    public bool TryTarget(string? address, OutboundUse use, [NotNullWhen(true)] out OutboundTarget? target)
    {
        target = null;
        if (!Origin.TryRead(address, out var origin, out string pathAndQuery) || !_origins.TryGetValue(origin, out var trusted) || !trusted.IsFor(use))
            return false;
        target = new OutboundTarget(trusted, pathAndQuery);
        return true;
    }

    /// <summary>Binds a caller's token to the origin of the server that it was issued for.</summary>
    /// <exception cref="ArgumentException">The token holds a character that no header may hold.</exception>
    public static OriginToken Bind(OutboundTarget target, string token) =>
        token.Length is > 0 and <= 16_384 && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? new OriginToken(target.Trusted, token)
            : throw new ArgumentException("The token is not one.", nameof(token));

    /// <summary>Asks and reads the answer.</summary>
    /// <param name="read">Reads a successful answer to its end; called again when the connection broke on the way.</param>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public static Task<OutboundResult<T>> AskAsync<T>(OutboundTarget target, OutboundAsk ask, Func<OutboundAnswer, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        target.Trusted.SendAsync(target.PathAndQuery, ask, read, cancellationToken);

    public void Dispose()
    {
        foreach (var origin in _origins.Values)
            origin.Dispose();
    }
}
