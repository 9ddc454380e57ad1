using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Auditing;

/// <summary>How long the audit trail and the inference log are kept; section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>
    /// Days, 184 to 36,525. Default 3,653 (ten years): as long as the technical documentation of a high-risk AI system is to be kept (EU AI Act, Art. 18), and as records of a medical device are.
    /// Less than six months is refused (Art. 26(6)), by the store itself too.
    /// </summary>
    [Range(184, 36_525)]
    public int RetentionDays { get; set; } = 3_653;

    /// <summary>Rows that are looked at in one transaction of the daily removal, 100 to 100,000. Default 5,000: nobody waits long behind it.</summary>
    [Range(100, 100_000)]
    public int RemovedAtOnce { get; set; } = 5_000;

    /// <summary>Pages of AuditEvents and of the inference log: entries where none are asked for. Fixed.</summary>
    internal const int UsualCount = 50;

    /// <summary>Most entries of a page. Fixed.</summary>
    internal const int MostCount = 500;
}
