using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace MedAI.Fhir.Access.Clients;

/// <summary>The memory of used tokens in Redis, for replicas that share one.</summary>
/// <remarks>
/// <c>IDistributedCache</c> has no "add if absent", and reading before writing would let two copies of a token in; so this asks Redis itself (SET NX) over the connection
/// library of the same package. What it stores are digests with an expiry. When Redis does not answer nobody is let in. Thread-safe.
/// </remarks>
public sealed partial class RedisTokenMemory : ITokenMemory, IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger<RedisTokenMemory> _log;
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;

    public RedisTokenMemory(IOptions<RedisOptions> options, TimeProvider time, ILogger<RedisTokenMemory> log)
    {
        _time = time;
        _log = log;
        var configuration = ConfigurationOptions.Parse(options.Value.Configuration!);
        // A Redis that is away at the start may come back; a clinician does not wait long for one that is slow.
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = Math.Min(configuration.ConnectTimeout, 2_000);
        configuration.AsyncTimeout = Math.Min(configuration.AsyncTimeout, 1_000);
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        _connection = new(() => ConnectionMultiplexer.ConnectAsync(configuration));
    }

    public async ValueTask<TokenUse> UseAsync(string issuer, string id, DateTimeOffset until)
    {
        var left = until - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return TokenUse.Again;
        string key = "medai:jti:" + Convert.ToHexStringLower(TokenDigest.Of(issuer, id));
        try
        {
            var connection = await _connection.Value;
            return await connection.GetDatabase().StringSetAsync(key, "", left + TimeSpan.FromSeconds(1), when: When.NotExists) ? TokenUse.First : TokenUse.Again;
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            LogAway(away.GetType().Name);
            return TokenUse.Unknown;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
            await (await _connection.Value).DisposeAsync();
    }

    [LoggerMessage(1011, LogLevel.Warning, "Redis does not answer ({Error}); tokens cannot be checked against replay and nobody is let in")]
    private partial void LogAway(string error);
}
