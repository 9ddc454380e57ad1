using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Access;

/// <summary>What a caller may see of the store. Every search, read and history goes through it; what it leaves out is as unknown to the caller as what is not there.</summary>
/// <param name="Tenant">Whose data; null for everybody's, while no clients are configured.</param>
/// <param name="Patients">References by which the one patient is known that the caller may see, relative and absolute; null for all patients. What is about nobody stays visible.</param>
public sealed record AccessScope(string? Tenant, IReadOnlyList<string>? Patients = null)
{
    public static readonly AccessScope Everything = new(Tenant: null);

    public static AccessScope Of(RequestFacts facts) => facts.Caller is null ? Everything : new AccessScope(facts.Tenant);

    /// <param name="tenant">Whose data it was written from; null where it says nothing about a patient.</param>
    /// <param name="patient">Reference to the patient that it is about; null where it is about nobody.</param>
    public bool Holds(string? tenant, string? patient) =>
        (Tenant is null || tenant is null || tenant == Tenant) && (Patients is null || patient is null || Patients.Contains(patient));
}
