using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Access.Clients;

/// <summary>The memory of used tokens in this process, for a server that stands alone.</summary>
/// <remarks>Thread-safe; bounded. What it holds are digests: no token can be read back.</remarks>
public sealed class TokenMemory(IOptions<ClientsOptions> options, TimeProvider time) : ITokenMemory
{
    private readonly Lock _gate = new();
    private readonly HashSet<Digest> _used = [];
    private readonly PriorityQueue<Digest, long> _byExpiry = new();

    /// <summary>Tokens that are remembered now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _used.Count;
        }
    }

    public ValueTask<TokenUse> UseAsync(string issuer, string id, DateTimeOffset until) => ValueTask.FromResult(TryUse(issuer, id, until) ? TokenUse.First : TokenUse.Again);

    /// <summary>True for the first use; false for every later one, and when there is no room to remember it.</summary>
    /// <param name="issuer"><c>iss</c>; a jti is unique within it.</param>
    /// <param name="id"><c>jti</c>.</param>
    /// <param name="until">When the token can no longer be used.</param>
    public bool TryUse(string issuer, string id, DateTimeOffset until)
    {
        ReadOnlySpan<byte> hash = TokenDigest.Of(issuer, id);
        var digest = new Digest(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
        lock (_gate)
        {
            long now = time.GetUtcNow().ToUnixTimeSeconds();
            while (_byExpiry.TryPeek(out var oldest, out long expired) && expired < now)
            {
                _byExpiry.Dequeue();
                _used.Remove(oldest);
            }
            if (_used.Count >= options.Value.RememberedTokens || !_used.Add(digest))
                return false;
            _byExpiry.Enqueue(digest, until.ToUnixTimeSeconds());
            return true;
        }
    }

    private readonly record struct Digest(ulong First, ulong Second);
}
