namespace MedAI.Fhir.Access.Clients;

/// <summary>A Redis that the replicas of this server share; section <c>Redis</c>.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>Connection string as StackExchange.Redis reads it, for instance <c>redis.hospital.org:6380,ssl=true,password=...</c>. Default none: each server remembers used tokens alone.</summary>
    public string? Configuration { get; set; }
}
