using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Interpretations;

/// <summary>One wish to have a study read: which, whose, and who asked.</summary>
/// <remarks>The JSON elements must stay valid until the study is read.</remarks>
public sealed record InterpretationRequest
{
    /// <summary>The ImagingStudy resource.</summary>
    public required JsonElement ImagingStudy { get; init; }

    /// <summary>The Patient resource.</summary>
    public required JsonElement PatientResource { get; init; }

    public required PatientKey Patient { get; init; }

    public IReadOnlyList<EndpointResource> Endpoints { get; init; } = [];

    /// <summary>Reference to the study as it is written into resources; null when the study has no id.</summary>
    public required string? StudyReference { get; init; }

    public string? EncounterReference { get; init; }

    public required RequestFacts Request { get; init; }

    /// <summary>cds-hooks:[hook] or operation:interpret-imaging.</summary>
    public required string Trigger { get; init; }

    public string? HookInstance { get; init; }

    /// <summary>The user as [ResourceType]/[id], where the caller says.</summary>
    public string? User { get; init; }

    /// <summary>Id under which the report was registered before it is read; null when it is made at once.</summary>
    public string? RegisteredReport { get; init; }

    /// <summary>Instant after which nobody waits.</summary>
    public required DateTimeOffset Deadline { get; init; }
}
