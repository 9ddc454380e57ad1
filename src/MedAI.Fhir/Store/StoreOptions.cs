using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Store;

/// <summary>Where the embedded store keeps its file and how long it may wait; section <c>Store</c>.</summary>
public sealed class StoreOptions
{
    public const string Section = "Store";

    /// <summary>PostgreSQL database that keeps everything, as Npgsql reads it (<c>Host=...;Database=...;Username=...;Password=...</c>). Empty by default: then it is kept in <see cref="DataFolder"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Folder of <c>medai.db</c>. Default <c>data</c>, under the working directory when relative. Created with mode 0700 where it is absent.</summary>
    [Required(AllowEmptyStrings = false)]
    public string DataFolder { get; set; } = "data";

    /// <summary>How long one write waits for a lock that another process holds, in milliseconds, 0 to 60000. Default 2000: a backup's lock is shorter, a caller's deadline longer.</summary>
    [Range(0, 60_000)]
    public int BusyTimeoutMilliseconds { get; set; } = 2_000;

    /// <summary>Largest database file, in MiB, 1 to 16777216. Default 65536 (64 GiB): a flood of requests ends in 503, not in a full disk that stops the whole host.</summary>
    [Range(1, 16_777_216)]
    public int MaxSizeMiB { get; set; } = 65_536;

    /// <summary>Transactions that may wait for the writer, 1 to 65536. Default 1024; further callers wait until there is room or they give up.</summary>
    [Range(1, 65_536)]
    public int QueueCapacity { get; set; } = 1_024;

    /// <summary>Reads that run at once, 1 to 256. Default 8: a read is a few microseconds of processor time, so more only adds open files.</summary>
    [Range(1, 256)]
    public int ReadConnections { get; set; } = 8;

    /// <summary>Whether clients may create, update and delete what models read: Patients, Observations, Encounters and the like. Default: in the demo only, because a hospital's record has its own server.</summary>
    public bool? AcceptsWrites { get; set; }
}
