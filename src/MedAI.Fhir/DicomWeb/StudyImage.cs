namespace MedAI.Fhir.DicomWeb;

/// <summary>An image that was fetched and is the patient's; give its memory back when it has been read.</summary>
public sealed class StudyImage(StudyInstance instance, AgeAtStudy age, PooledBytes pixels) : IDisposable
{
    public StudyInstance Instance { get; } = instance;

    public AgeAtStudy Age { get; } = age;

    /// <summary>The frame as stored: rows by columns, little-endian, one or two bytes per pixel.</summary>
    public ReadOnlyMemory<byte> Pixels => pixels.Memory;

    public void Dispose() => pixels.Dispose();
}

/// <summary>What became of one image of a study: fetched or refused.</summary>
public sealed record InstanceOutcome(StudyInstance Instance, StudyImage? Image, DicomWebError? Refusal);
