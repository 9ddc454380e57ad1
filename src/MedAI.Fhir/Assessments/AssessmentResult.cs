using MedAI.Fhir.Conformance;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Assessments;

/// <summary>What became of an assessment. Closed.</summary>
public abstract record AssessmentResult
{
    private AssessmentResult()
    {
    }

    /// <summary>A risk, new or already stored for the same input.</summary>
    /// <param name="Detail">Explanation, quality and trends as stored.</param>
    /// <param name="ResourceJson">The RiskAssessment, UTF-8.</param>
    /// <param name="ResultId">Its id, or null when it was not persisted.</param>
    /// <param name="Shown">False where no card may be shown although the risk reached a threshold.</param>
    public sealed record Assessed(ResultDetail Detail, ReadOnlyMemory<byte> ResourceJson, string? ResultId, bool Shown = true) : AssessmentResult;

    /// <summary>A stated reason why there is no risk; stored and audited.</summary>
    /// <param name="Shown">False where no card may be shown.</param>
    public sealed record Abstained(Abstention Abstention, bool Shown = true) : AssessmentResult;

    /// <summary>The data or the server does not allow an answer.</summary>
    public sealed record Failed(Failure Failure) : AssessmentResult;
}
