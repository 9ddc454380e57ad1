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
    private readonly Lock _changing = new();
    private readonly Func<Origin, OriginOptions, TrustedOrigin> _make;
    private volatile FrozenDictionary<Origin, TrustedOrigin> _origins = FrozenDictionary<Origin, TrustedOrigin>.Empty;

    public OutboundGuard(IOptions<OutboundOptions> options, HostResolver resolver, TimeProvider time, ILogger<OutboundGuard> log)
    {
        _make = (origin, entry) =>
        {
            OutboundLog.Trusted(log, origin, string.Join(", ", entry.Uses), entry.Internal);
            return new TrustedOrigin(origin, entry, options.Value, resolver, time, log);
        };
        Trust(options.Value.Origins);
    }

    /// <summary>Trusts origins that nobody can configure because they are known only once the server listens: the demo's own. What is trusted already stays as it is.</summary>
    internal void Trust(IEnumerable<OriginOptions> entries)
    {
        lock (_changing)
        {
            var origins = new Dictionary<Origin, TrustedOrigin>(_origins);
            foreach (var entry in entries)
            {
                if (!Origin.TryRead(entry.Origin, out var origin, out _))
                    throw new ArgumentException("The options were not validated.", nameof(entries));
                if (!origins.ContainsKey(origin))
                    origins.Add(origin, _make(origin, entry));
            }
            _origins = origins.ToFrozenDictionary();
        }
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
