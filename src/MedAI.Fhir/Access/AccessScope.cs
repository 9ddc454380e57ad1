using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Access;

/// <summary>What a caller may see of the store. Every search, read and history goes through it; what it leaves out is as unknown to the caller as what is not there.</summary>
/// <param name="Tenant">Whose data; null for everybody's, while no callers are configured.</param>
/// <param name="Patients">References by which the one patient is known that the caller may see, relative and absolute; null for all patients. What is about nobody stays visible.</param>
public sealed record AccessScope(string? Tenant, IReadOnlyList<string>? Patients = null)
{
    public static readonly AccessScope Everything = new(Tenant: null);

    private FhirAccess? Access { get; init; }

    private string FhirBase { get; init; } = "";

    /// <param name="fhirBase">This server's own.</param>
    public static AccessScope Of(RequestFacts facts, string fhirBase) => facts.OnlyTenant is not { } tenant ? Everything
        : new AccessScope(tenant, facts.Access?.Only is { } only ? ReferencesTo(only, fhirBase) : null) { Access = facts.Access, FhirBase = fhirBase };

    /// <summary>References, as they stand in resources, that mean a patient.</summary>
    /// <param name="fhirBase">This server's own.</param>
    public static IReadOnlyList<string> ReferencesTo(PatientKey patient, string fhirBase) => patient.FhirBase == fhirBase ? [$"Patient/{patient.Id}", patient.Reference] : [patient.Reference];

    /// <param name="tenant">Whose data it was written from; null where it says nothing about a patient.</param>
    /// <param name="patient">Reference to the patient that it is about; null where it is about nobody.</param>
    public bool Holds(string? tenant, string? patient) =>
        (Tenant is null || tenant is null || tenant == Tenant) && (Patients is null || patient is null || Patients.Contains(patient));

    /// <summary>Whether a resource may come along with matches: its type has scopes of its own.</summary>
    /// <param name="patient">Reference to the patient that it is about; null where it is about nobody.</param>
    public bool MayBring(string type, string? patient)
    {
        if (Access is null)
            return true;
        if (!Access.MayInclude(type, out var only))
            return false;
        return only is null || patient is null || ReferencesTo(only, FhirBase).Contains(patient, StringComparer.Ordinal);
    }
}
