namespace MedAI.Fhir.Access;

/// <summary>Who a patient is to this server: two EHRs may both have a Patient/123.</summary>
/// <param name="Tenant">The client that speaks of the patient, with the tenant that it named; "default" while no clients are configured.</param>
/// <param name="FhirBase">Base URL of the FHIR server that knows the patient, without a trailing slash.</param>
/// <param name="Id">Logical id there.</param>
public sealed record PatientKey(string Tenant, string FhirBase, string Id)
{
    /// <summary>Absolute reference to the patient.</summary>
    public string Reference => $"{FhirBase}/Patient/{Id}";
}
