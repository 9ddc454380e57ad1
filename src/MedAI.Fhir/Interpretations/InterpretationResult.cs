using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Interpretations;

/// <summary>What became of the wish to have a study read. Closed.</summary>
public abstract record InterpretationResult
{
    private InterpretationResult()
    {
    }

    /// <summary>At least one image was read; the report is stored.</summary>
    /// <param name="ReportId">Id of the DiagnosticReport.</param>
    /// <param name="Detail">What is told about it elsewhere.</param>
    /// <param name="Bundle">A collection with the DiagnosticReport first, UTF-8.</param>
    public sealed record Reported(string ReportId, InterpretationDetail Detail, ReadOnlyMemory<byte> Bundle) : InterpretationResult;

    /// <summary>No image may be read, and why; stored and audited.</summary>
    /// <param name="Failure">One issue per reason and image.</param>
    public sealed record Refused(StudyInterpretation Interpretation, Failure Failure) : InterpretationResult;

    /// <summary>The study cannot be used, its images cannot be had, or the server is the reason.</summary>
    /// <param name="MayPass">True when trying again later can help.</param>
    public sealed record Failed(Failure Failure, bool MayPass) : InterpretationResult;
}
