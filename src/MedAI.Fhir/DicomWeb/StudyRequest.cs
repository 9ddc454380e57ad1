using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Models.Images;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.DicomWeb;

/// <summary>A study whose images are wanted, and everything that says whose it is and where it lies.</summary>
/// <remarks>The JSON elements must stay valid until the images are fetched.</remarks>
public sealed record StudyRequest
{
    /// <summary>The ImagingStudy resource.</summary>
    public required JsonElement ImagingStudy { get; init; }

    /// <summary>The Patient resource that the study must be about.</summary>
    public required JsonElement Patient { get; init; }

    public required PatientKey PatientKey { get; init; }

    /// <summary>Endpoint resources that came with the request; contained ones are found in the study.</summary>
    public IReadOnlyList<EndpointResource> Endpoints { get; init; } = [];

    /// <summary>Modalities (DICOM codes) that somebody can read; a series that states another is refused unfetched. Empty: all.</summary>
    public IReadOnlyList<string> Modalities { get; init; } = [];

    /// <summary>Why an image is not read, told from its attributes before its pixels are fetched; empty when it is. Default: only what nobody can read is refused.</summary>
    public Func<ImageAttributes, IReadOnlyList<AbstentionReason>>? Examine { get; init; }

    /// <summary>When nobody waits any more.</summary>
    public required DateTimeOffset Deadline { get; init; }
}

/// <param name="Resource">An Endpoint.</param>
/// <param name="FullUrl">Where it stands in its bundle; null when unknown.</param>
public sealed record EndpointResource(JsonElement Resource, string? FullUrl = null);
