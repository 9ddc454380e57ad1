using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace MedAI.Fhir.Tests.PubSub;

/// <summary>What a Firely Server says and does on the broker: publishes changes, carries StorePlans out. Written from its wire contract, apart from the server's own code.</summary>
internal sealed class FirelyServer : IAsyncDisposable
{
    private const string Contract = "Firely.Server.Contracts.Messages.V1:";

    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private FirelyServer(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public ConcurrentDictionary<string, JsonObject> Kept { get; } = new();

    public ConcurrentQueue<JsonObject> Commands { get; } = new();

    /// <summary>Code and details with which a plan is refused; null carries it out.</summary>
    public (string Code, string Details)? Refuse { get; set; }

    /// <summary>True: carries the next plan out and says nothing.</summary>
    public bool Silent { get; set; }

    public static async Task<FirelyServer> StartAsync(string broker)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync();
        return new FirelyServer(connection, await connection.CreateChannelAsync());
    }

    /// <summary>Publishes as the first change does: the exchange is made only now.</summary>
    public async Task PublishAsync(params JsonObject[] changes) => await PublishAsync("ResourcesChangedEvent", "R4", changes);

    public async Task PublishAsync(string message, string release, params JsonObject[] changes)
    {
        var envelope = new JsonObject
        {
            ["messageId"] = Guid.NewGuid().ToString(),
            ["messageType"] = new JsonArray($"urn:message:{Contract}{message}"),
            ["message"] = new JsonObject { ["changes"] = new JsonArray([.. changes.Select(c => c.DeepClone())]) },
            ["headers"] = new JsonObject { ["fhir-release"] = release },
        };
        await PublishRawAsync(message, Encoding.UTF8.GetBytes(envelope.ToJsonString()));
    }

    public async Task PublishRawAsync(string message, byte[] body)
    {
        await _channel.ExchangeDeclareAsync(Contract + message, ExchangeType.Fanout, durable: true, autoDelete: false);
        await _channel.BasicPublishAsync(Contract + message, "", false, new BasicProperties { ContentType = "application/vnd.masstransit+json", DeliveryMode = DeliveryModes.Persistent }, body);
    }

    /// <summary>A change of a resource, full unless it is to be light.</summary>
    public static JsonObject Change(JsonObject resource, string version = "1", string kind = "update", bool light = false, bool pascal = false)
    {
        string Name(string name) => pascal ? char.ToUpperInvariant(name[0]) + name[1..] : name;
        var change = new JsonObject
        {
            [Name("reference")] = new JsonObject { [Name("resourceType")] = (string?)resource["resourceType"], [Name("resourceId")] = (string?)resource["id"], [Name("version")] = version },
            [Name("changeType")] = pascal ? char.ToUpperInvariant(kind[0]) + kind[1..] : kind,
        };
        if (!light)
            change[Name("resource")] = resource.ToJsonString();
        return change;
    }

    /// <summary>Begins to carry StorePlans out.</summary>
    public async Task ListenAsync()
    {
        await _channel.ExchangeDeclareAsync(Contract + "ExecuteStorePlanCommand", ExchangeType.Fanout, durable: true, autoDelete: false);
        await _channel.QueueDeclareAsync("firely-store-plan", durable: true, exclusive: false, autoDelete: false);
        await _channel.QueueBindAsync("firely-store-plan", Contract + "ExecuteStorePlanCommand", "");
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += async (_, message) => await CarryOutAsync(JsonNode.Parse(message.Body.Span)!.AsObject(), message.BasicProperties.ContentType);
        await _channel.BasicConsumeAsync("firely-store-plan", autoAck: true, consumer);
    }

    private async Task CarryOutAsync(JsonObject envelope, string? contentType)
    {
        Commands.Enqueue(envelope);
        Assert.Equal("application/vnd.masstransit+json", contentType);
        var errors = new JsonArray();
        foreach (var instruction in envelope["message"]!["instructions"]!.AsArray())
        {
            var resource = JsonNode.Parse((string)instruction!["resource"]!)!.AsObject();
            string key = $"{instruction["resourceType"]}/{instruction["resourceId"]}";
            var refused = Refuse;
            if (refused is null && ((string?)resource["id"] != (string?)instruction["resourceId"] || resource["meta"]?["versionId"] is null || resource["meta"]?["lastUpdated"] is null))
                refused = ("badRequest", "BadRequestPayloadMissingLastUpdated");
            if (refused is null && !Kept.TryAdd(key, resource))
                refused = ("badRequest", "CreationFailedResourceAlreadyExists");
            if (refused is var (code, details))
                errors.Add((JsonNode)new JsonObject { ["ItemId"] = (string?)instruction["itemId"], ["Status"] = new JsonObject { ["Code"] = code, ["Details"] = details }, ["Message"] = "no" });
        }
        if (Silent)
        {
            Silent = false;
            return;
        }
        var answer = new JsonObject
        {
            ["requestId"] = (string?)envelope["requestId"],
            ["messageType"] = new JsonArray($"urn:message:{Contract}ExecuteStorePlanResponse"),
            ["message"] = new JsonObject { ["errors"] = errors },
        };
        string exchange = new Uri((string)envelope["responseAddress"]!).AbsolutePath.Trim('/');
        await _channel.BasicPublishAsync(exchange, "", Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
