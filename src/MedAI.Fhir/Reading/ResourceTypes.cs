namespace MedAI.Fhir.Reading;

/// <summary>Which FHIR resource types the reader knows, and which must say whose they are.</summary>
internal static class ResourceTypes
{
    public static ResourceKind Find(ReadOnlySpan<byte> type)
    {
        // The common one first: a stay holds hundreds.
        if (type.SequenceEqual("Observation"u8))
            return ResourceKind.Observation;
        if (type.SequenceEqual("Patient"u8))
            return ResourceKind.Patient;
        if (type.SequenceEqual("Encounter"u8))
            return ResourceKind.Encounter;
        if (type.SequenceEqual("Location"u8))
            return ResourceKind.Location;
        if (type.SequenceEqual("Procedure"u8))
            return ResourceKind.Procedure;
        if (type.SequenceEqual("Specimen"u8))
            return ResourceKind.Specimen;
        if (type.SequenceEqual("Bundle"u8))
            return ResourceKind.Bundle;
        if (type.SequenceEqual("OperationOutcome"u8))
            return ResourceKind.OperationOutcome;
        return MustNamePatient(type) ? ResourceKind.OtherOfPatient : ResourceKind.Other;
    }

    public static ReadOnlySpan<byte> Name(ResourceKind kind) => kind switch
    {
        ResourceKind.Patient => "Patient"u8,
        ResourceKind.Observation => "Observation"u8,
        ResourceKind.Encounter => "Encounter"u8,
        ResourceKind.Location => "Location"u8,
        ResourceKind.Procedure => "Procedure"u8,
        ResourceKind.Specimen => "Specimen"u8,
        _ => default,
    };

    /// <summary>Types that are read and count only for the patient they name; R4 lets Observation and Encounter leave it out, a score does not.</summary>
    public static bool MustNamePatient(ResourceKind kind) =>
        kind is ResourceKind.Observation or ResourceKind.Encounter or ResourceKind.Procedure or ResourceKind.OtherOfPatient;

    /// <summary>R4 types whose subject, patient or beneficiary has cardinality 1..1.</summary>
    private static bool MustNamePatient(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("Condition"u8)
        || type.SequenceEqual("MedicationRequest"u8)
        || type.SequenceEqual("MedicationAdministration"u8)
        || type.SequenceEqual("MedicationStatement"u8)
        || type.SequenceEqual("ServiceRequest"u8)
        || type.SequenceEqual("ImagingStudy"u8)
        || type.SequenceEqual("AllergyIntolerance"u8)
        || type.SequenceEqual("Immunization"u8)
        || type.SequenceEqual("CarePlan"u8)
        || type.SequenceEqual("RiskAssessment"u8)
        || type.SequenceEqual("ClinicalImpression"u8)
        || type.SequenceEqual("FamilyMemberHistory"u8)
        || type.SequenceEqual("Goal"u8)
        || type.SequenceEqual("Flag"u8)
        || type.SequenceEqual("Coverage"u8)
        || type.SequenceEqual("Claim"u8)
        || type.SequenceEqual("ExplanationOfBenefit"u8)
        || type.SequenceEqual("EpisodeOfCare"u8)
        || type.SequenceEqual("NutritionOrder"u8)
        || type.SequenceEqual("DeviceUseStatement"u8)
        || type.SequenceEqual("DeviceRequest"u8)
        || type.SequenceEqual("BodyStructure"u8)
        || type.SequenceEqual("RelatedPerson"u8);
}
