using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Operations.Jobs;

/// <summary>How operations are worked off in the background; section <c>Jobs</c>.</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>Jobs that run at once, 1 to 16. Default 2: each has at most one run in a model's queue, so that a hook waits behind two runs at most.</summary>
    [Range(1, 16)]
    public int Parallel { get; set; } = 2;

    /// <summary>Jobs that wait or run, 1 to 10,000. Default 100; the next one is refused with 503.</summary>
    [Range(1, 10_000)]
    public int MostWaiting { get; set; } = 100;

    /// <summary>The same for one client, 1 to 10,000. Default 50: no client takes all places.</summary>
    [Range(1, 10_000)]
    public int MostWaitingPerClient { get; set; } = 50;

    /// <summary>Results that are kept at once, 1 to 100,000. Default 1,000; beyond it new jobs are refused with 503 until one expires or is deleted.</summary>
    [Range(1, 100_000)]
    public int MostKept { get; set; } = 1_000;

    /// <summary>Minutes for which a result can be fetched, 1 to 43,200. Default 1,440 (a day): patient data does not stay longer than a client needs to come for it.</summary>
    [Range(1, 43_200)]
    public int KeepMinutes { get; set; } = 1_440;

    /// <summary>Minutes after which a job that runs is ended with 504, 1 to 10,080. Default 60.</summary>
    [Range(1, 10_080)]
    public int DeadlineMinutes { get; set; } = 60;

    /// <summary>How often a job is begun that the server did not survive, or that failed for a passing reason, 1 to 20. Default 3: what kills the server must not kill it for ever.</summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 3;

    /// <summary>Seconds after which another server that shares the database takes over what a silent one has begun, 2 to 3,600. Default 30: a pause of a busy machine is shorter, a client's patience longer.</summary>
    [Range(2, 3_600)]
    public int LeaseSeconds { get; set; } = 30;
}
