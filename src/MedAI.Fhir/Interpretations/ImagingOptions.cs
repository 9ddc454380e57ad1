using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Interpretations;

/// <summary>How studies are read; section <c>Imaging</c>.</summary>
public sealed class ImagingOptions
{
    public const string Section = "Imaging";

    /// <summary>Milliseconds after which nobody waits for <c>$interpret-imaging</c>. 1,000 to 600,000, default 30,000: a PACS may take seconds for one image.</summary>
    [Range(1_000, 600_000)]
    public int DeadlineMilliseconds { get; set; } = 30_000;

    /// <summary>Milliseconds that one attempt to read a study in the background may take. 1,000 to 3,600,000, default 120,000.</summary>
    [Range(1_000, 3_600_000)]
    public int BackgroundDeadlineMilliseconds { get; set; } = 120_000;

    /// <summary>Studies read in the background at once, 1 to 16. Default 2.</summary>
    [Range(1, 16)]
    public int ParallelReadings { get; set; } = 2;

    /// <summary>How often a study is tried whose images cannot be had for a passing reason, 1 to 20. Default 4: at once, then after 5 s, 25 s and 125 s.</summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 4;

    /// <summary>Studies that may wait to be read in the background, 1 to 100,000. Default 1,000; beyond it a hook is told to come back.</summary>
    [Range(1, 100_000)]
    public int MostQueued { get; set; } = 1_000;

    /// <summary>Name of the organisation's hook that fires when a study is opened, with <c>context.imagingStudyId</c>; empty for none.</summary>
    [RegularExpression("^([a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+)?$", MatchTimeoutInMilliseconds = 200)]
    public string StudyViewHook { get; set; } = "org.medai.imaging-study-view";
}
