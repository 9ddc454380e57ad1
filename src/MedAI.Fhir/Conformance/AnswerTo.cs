namespace MedAI.Fhir.Conformance;

/// <summary>Which kind of endpoint answers: a CDS Hooks client is told "precondition failed" where a FHIR client is told what its request lacked.</summary>
public enum AnswerTo
{
    Fhir,
    Hook,
}
