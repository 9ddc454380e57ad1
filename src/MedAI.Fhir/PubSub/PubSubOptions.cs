using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.PubSub;

/// <summary>Firely Server's PubSub over RabbitMQ; section <c>PubSub</c>.</summary>
public sealed class PubSubOptions
{
    public const string Section = "PubSub";

    /// <summary>Broker, for instance <c>amqps://medai:secret@rabbit.hospital.org/</c>; plain <c>amqp</c> to loopback alone. Default none. Give it by environment variable, it holds a password.</summary>
    public string? Broker { get; set; }

    /// <summary>True: changes of what a model reads make it score the patient again in the background. Default true. Needs <c>Upstream:Base</c>.</summary>
    public bool Rescore { get; set; } = true;

    /// <summary>Name of this server's durable queue; replicas that share the work share the name. Default <c>medai.resources-changed</c>.</summary>
    [Required, RegularExpression("^[A-Za-z0-9._:-]{1,200}$", MatchTimeoutInMilliseconds = 200)]
    public string Queue { get; set; } = "medai.resources-changed";

    /// <summary>Milliseconds for which changes are collected before patients are scored, 0 to 60,000. Default 2,000: a round of vital signs is many changes and one score.</summary>
    [Range(0, 60_000)]
    public int CollectMilliseconds { get; set; } = 2_000;

    /// <summary>Messages that are taken and not yet done, 1 to 1,000. Default 50.</summary>
    [Range(1, 1_000)]
    public int Prefetch { get; set; } = 50;

    /// <summary>Seconds before a patient whose record could not be had is tried again, 1 to 600; twice as long after each further failure. Default 5.</summary>
    [Range(1, 600)]
    public int RetrySeconds { get; set; } = 5;

    /// <summary>Times that a patient is tried before the message is given back to the broker as undeliverable, 1 to 100. Default 8: about ten minutes.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 8;

    /// <summary>Seconds before a lost broker is asked again, 1 to 600. Default 5.</summary>
    [Range(1, 600)]
    public int ReconnectSeconds { get; set; } = 5;
}
