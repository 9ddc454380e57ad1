using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Sources;

/// <summary>How data that a hook did not bring along is fetched from the EHR's FHIR server; section <c>Ehr</c>. Which servers may be asked stands in section <c>Outbound</c>.</summary>
public sealed class EhrOptions
{
    public const string Section = "Ehr";

    /// <summary>Milliseconds for everything that one hook fetches, 50 to 4,500. Default 500: what CDS Hooks wants the whole answer to take. EHRs give up at 5 s.</summary>
    [Range(50, 4_500)]
    public int FetchMilliseconds { get; set; } = 500;

    /// <summary>Most pages of one search, 1 to 1,000. Default 20: with 1,000 entries a page that is more than a request may hold.</summary>
    [Range(1, 1_000)]
    public int MaxPages { get; set; } = 20;

    /// <summary>Largest page, in bytes after decompression, 1,024 to 268,435,456. Default 16,777,216, as for a request.</summary>
    [Range(1_024, 268_435_456)]
    public int MaxPageBytes { get; set; } = 16 * 1024 * 1024;
}
