using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace MedAI.Fhir.PubSub;

/// <summary>The one connection to the broker, opened when it is needed and again when it was lost.</summary>
/// <remarks>Recovery is ours: whoever works with a lost connection finds out, and begins anew with the declarations first. Thread-safe.</remarks>
public sealed class Broker(IOptions<PubSubOptions> options) : IAsyncDisposable
{
    /// <summary>A message of a thousand changes with their resources.</summary>
    private const uint LargestMessage = 64 * 1024 * 1024;

    private readonly SemaphoreSlim _one = new(1);
    private IConnection? _connection;

    public bool IsConfigured => !string.IsNullOrEmpty(options.Value.Broker);

    /// <summary>Host, and virtual host where it is not the default, as MassTransit writes them into addresses.</summary>
    public string AddressOf(string exchange)
    {
        var broker = new Uri(options.Value.Broker!);
        string host = broker.AbsolutePath.Trim('/') is { Length: > 0 } virtualHost ? $"{broker.Authority[(broker.Authority.IndexOf('@', StringComparison.Ordinal) + 1)..]}/{virtualHost}" : broker.Host;
        return $"rabbitmq://{host}/{exchange}?temporary=true";
    }

    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">Nobody answers, or lets us in.</exception>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_connection is { IsOpen: true } open)
                return open;
            if (_connection is not null)
                await _connection.DisposeAsync();
            var factory = new ConnectionFactory
            {
                Uri = new Uri(options.Value.Broker!),
                AutomaticRecoveryEnabled = false,
                TopologyRecoveryEnabled = false,
                MaxInboundMessageBodySize = LargestMessage,
                ClientProvidedName = "MedAI",
            };
            return _connection = await factory.CreateConnectionAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _one.Dispose();
    }
}
