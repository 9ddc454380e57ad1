using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.WriteBack;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.PubSub;

/// <summary>Refuses a broker that would carry patients' data in the open or for nothing, before the server starts.</summary>
/// <remarks>The other sections are looked at as they are written: each has a validator of its own. Messages name the setting and never hold the address, which has a password.</remarks>
public sealed class PubSubOptionsValidator(IConfiguration configuration) : IValidateOptions<PubSubOptions>
{
    public ValidateOptionsResult Validate(string? name, PubSubOptions options)
    {
        if (string.IsNullOrEmpty(options.Broker))
        {
            return string.Equals(configuration[$"{WriteBackOptions.Section}:Mode"], nameof(WriteBackMode.StorePlan), StringComparison.OrdinalIgnoreCase)
                ? ValidateOptionsResult.Fail($"{WriteBackOptions.Section}:Mode StorePlan needs {PubSubOptions.Section}:Broker.")
                : ValidateOptionsResult.Success;
        }
        if (!Uri.TryCreate(options.Broker, UriKind.Absolute, out var broker) || broker.Scheme is not ("amqp" or "amqps") || broker.Host.Length == 0)
            return ValidateOptionsResult.Fail($"{PubSubOptions.Section}:Broker must be an address such as amqps://user:password@host/vhost.");
        if (broker.Scheme == "amqp" && !broker.IsLoopback)
            return ValidateOptionsResult.Fail($"{PubSubOptions.Section}:Broker must be amqps: the messages hold patients' data. Plain amqp is for loopback addresses alone.");
        if (string.IsNullOrEmpty(configuration[$"{UpstreamOptions.Section}:Base"]))
            return ValidateOptionsResult.Fail($"{PubSubOptions.Section}:Broker needs {UpstreamOptions.Section}:Base: whose patients the changes are about, and where their records are.");
        return ValidateOptionsResult.Success;
    }
}
