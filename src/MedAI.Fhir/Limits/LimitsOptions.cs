using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Limits;

/// <summary>How much of a request is read, and for how long; section <c>Limits</c>.</summary>
public sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Largest request body, in bytes, 1024 to 268435456. Default 16777216 (16 MiB): a full ICU stay is about 0.2 MB, so this is eighty of them, and a hundred such requests still fit in memory.</summary>
    [Range(1_024, 268_435_456)]
    public int MaxBodyBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Largest body of FHIR XML, in bytes, 1024 to 67108864. Default 4194304 (4 MiB): an object is made of every element, which takes about 20 times the room of the text.</summary>
    [Range(1_024, 67_108_864)]
    public int MaxXmlBodyBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Entries of a batch or transaction, 1 to 20000. Default 1000: a patient's whole stay goes in a few of them, and one Bundle cannot hold the server for long.</summary>
    [Range(1, 20_000)]
    public int MaxBundleEntries { get; set; } = 1_000;

    /// <summary>Time in which the whole body must have arrived, in milliseconds, 100 to 300000. Default 10000: a slow sender holds a buffer and a connection that a clinician waits for.</summary>
    [Range(100, 300_000)]
    public int BodyTimeoutMilliseconds { get; set; } = 10_000;
}
