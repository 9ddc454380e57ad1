namespace MedAI.Fhir.Operations.Jobs;

/// <summary>What an operation knows of the job that it is run as.</summary>
/// <param name="Id">Id of the job.</param>
/// <param name="Url">Absolute URL of the request that asked for it.</param>
/// <param name="StatusUrl">Where its owner asks for it.</param>
/// <param name="Deadline">Instant after which nobody waits.</param>
/// <param name="Report">Tells its owner how far it is: fewer than 100 characters, nothing about a patient.</param>
/// <param name="Files">What it writes where one resource is not the answer.</param>
public sealed record JobRun(string Id, string Url, string StatusUrl, DateTimeOffset Deadline, Action<string> Report, JobFiles Files);
