using System.Collections.Frozen;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Limits;
using Microsoft.IdentityModel.Tokens;

namespace MedAI.Fhir.Access.Clients;

/// <summary>The public keys of one client or token issuer: from its file, or fetched from its configured address and kept for a while.</summary>
/// <remarks>
/// A key id that is not known makes the keys be fetched anew, at most once per interval: whoever floods us with invented ids causes one fetch. While the address does not
/// answer, the keys that are there are good until their time is over. Thread-safe.
/// </remarks>
internal sealed class ClientKeys : IDisposable
{
    private const int LargestSet = 256 * 1024;

    private static readonly TimeSpan FetchTime = TimeSpan.FromSeconds(2);

    private readonly string? _url;
    private readonly OutboundGuard _guard;
    private readonly ClientsOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _one = new(1);
    private volatile Fetched? _fetched;
    private DateTimeOffset _tried = DateTimeOffset.MinValue;

    /// <param name="file">Keys of the file; null where the client has none and its address is asked.</param>
    public ClientKeys(FrozenDictionary<string, JsonWebKey>? file, string? url, OutboundGuard guard, ClientsOptions options, TimeProvider time)
    {
        (_url, _guard, _options, _time) = (file is null ? url : null, guard, options, time);
        _fetched = file is null ? null : new Fetched(file, DateTimeOffset.MaxValue);
    }

    /// <summary>The key with this id; null when there is none, or when it cannot be had.</summary>
    public async ValueTask<JsonWebKey?> FindAsync(string kid, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        if (_fetched is { } fresh && fresh.GoodUntil > now && fresh.Keys.TryGetValue(kid, out var known))
            return known;
        if (_url is null)
            return null;
        await _one.WaitAsync(cancellationToken);
        try
        {
            // Somebody else may have fetched them while we waited.
            bool mayTry = _time.GetUtcNow() - _tried >= TimeSpan.FromSeconds(_options.JwksRefreshSeconds);
            if (mayTry && !(_fetched is { } newer && newer.GoodUntil > _time.GetUtcNow() && newer.Keys.ContainsKey(kid)))
            {
                _tried = _time.GetUtcNow();
                await FetchAsync(cancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
        return _fetched is { } set && set.GoodUntil > _time.GetUtcNow() ? set.Keys.GetValueOrDefault(kid) : null;
    }

    public void Dispose() => _one.Dispose();

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        if (!_guard.TryTarget(_url, OutboundUse.Jwks, out var target))
            return;
        var result = await OutboundGuard.AskAsync(target, new OutboundAsk { Accept = "application/jwk-set+json, application/json", MaxBytes = LargestSet, Deadline = _time.GetUtcNow() + FetchTime },
            ReadAsync, cancellationToken);
        if (result.TryGet(out var keys, out _))
            _fetched = new Fetched(keys, _time.GetUtcNow().AddMinutes(_options.JwksMinutes));
    }

    private static async ValueTask<FrozenDictionary<string, JsonWebKey>> ReadAsync(OutboundAnswer answer, CancellationToken cancellationToken)
    {
        using var bytes = await PooledBytes.ReadAllAsync(answer.Body, cancellationToken);
        return PublicKeys.Read(System.Text.Encoding.UTF8.GetString(bytes.Memory.Span), out _) ?? throw new UnreadableAnswerException();
    }

    private sealed record Fetched(FrozenDictionary<string, JsonWebKey> Keys, DateTimeOffset GoodUntil);
}
