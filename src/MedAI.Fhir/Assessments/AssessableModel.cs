using MedAI.Fhir.Reading;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Assessments;

/// <summary>A ready model with the reader that feeds it and the Device that stands for it.</summary>
public sealed record AssessableModel(ISequenceModel Model, ClinicalDataReader Reader, IReadOnlyList<string> IcuLocationTypes)
{
    public ModelManifest Manifest => Model.Package.Manifest;
}
