namespace MedAI.Testing.Icu2012;

/// <summary>A challenge stay as FHIR R4 JSON.</summary>
/// <remarks>Holds data that must never be committed; lives in memory only.</remarks>
public sealed record FhirStay
{
    public required string PatientId { get; init; }

    public required string EncounterId { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset AsOf { get; init; }

    public required IReadOnlyList<FhirResource> Resources { get; init; }

    /// <summary>A Bundle of type collection, UTF-8.</summary>
    public byte[] Collection() => BundleText.Collection(Resources);

    /// <summary>Body of $assess-risk on system or type level: model, asOf, persist and the collection as data.</summary>
    public byte[] AssessRiskParameters(bool persist) => BundleText.Parameters(this, persist);

    /// <summary>Prefetch values by key, each a resource or searchset as an EHR sends it.</summary>
    public IReadOnlyDictionary<string, byte[]> Prefetch() => BundleText.Prefetch(this);

    /// <summary>Body of a patient-view call with that prefetch.</summary>
    public byte[] PatientView(string hookInstance) => BundleText.PatientView(this, hookInstance);
}

/// <summary>One resource as UTF-8 JSON.</summary>
/// <param name="Category">Code of the observation category; empty for other types.</param>
public sealed record FhirResource(string Type, string Id, string Category, DateTimeOffset Time, byte[] Json);
