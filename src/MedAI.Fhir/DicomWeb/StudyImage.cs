using MedAI.Fhir.Limits;
using MedAI.Models.Images;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.DicomWeb;

/// <summary>An image that was fetched and is the patient's; give its memory back when it has been read.</summary>
public sealed class StudyImage(StudyInstance instance, ImageAttributes attributes, AgeAtStudy age, PooledBytes pixels) : IDisposable
{
    public StudyInstance Instance { get; } = instance;

    public AgeAtStudy Age { get; } = age;

    /// <summary>The attributes and the frame as stored; valid until disposal.</summary>
    public MedicalImage Image { get; } = new(attributes, pixels.Memory);

    public void Dispose() => pixels.Dispose();
}

/// <summary>What became of one image of a study: fetched, refused because of what it is, or not to be had. One of the three.</summary>
/// <param name="Image">Disposed by who receives it.</param>
/// <param name="Reasons">Why it is not read, told from its description before pixels were asked for; empty otherwise.</param>
/// <param name="Error">Why it could not be had, or may not be used for this patient.</param>
public sealed record InstanceOutcome(StudyInstance Instance, StudyImage? Image, IReadOnlyList<AbstentionReason> Reasons, DicomWebError? Error);
