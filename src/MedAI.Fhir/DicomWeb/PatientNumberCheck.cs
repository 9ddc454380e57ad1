using System.Text.Json;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Decides from patient numbers whether an image is the patient's; what cannot be verified is not.</summary>
internal static class PatientNumberCheck
{
    /// <summary>Null when the image is the patient's.</summary>
    /// <param name="image">Attributes of the image.</param>
    /// <param name="patient">The Patient resource.</param>
    /// <param name="rules">The site's rules.</param>
    public static DicomWebErrorKind? Refusal(DicomAttributes image, JsonElement patient, IReadOnlyList<PatientNumberRule> rules)
    {
        // Two numbers in one attribute, and none, name nobody.
        if (image.Text(DicomTag.PatientId) is not { } number || image.IsSeveral(DicomTag.PatientId))
            return DicomWebErrorKind.PatientUnverified;
        string? issuer = image.Text(DicomTag.IssuerOfPatientId);
        bool compared = false;
        foreach (var rule in rules)
        {
            if (!Covers(rule, issuer))
                continue;
            foreach (var identifier in FhirJson.Items(FhirJson.Member(patient, "identifier"u8)))
            {
                if (FhirJson.String(FhirJson.Member(identifier, "system"u8)) != rule.System
                    || (!rule.AllowOldNumbers && FhirJson.Is(FhirJson.Member(identifier, "use"u8), "old"u8))
                    || FhirJson.String(FhirJson.Member(identifier, "value"u8)) is not { } own)
                    continue;
                if (Same(number, own, rule.IgnoreLeadingZeros))
                    return null;
                compared = true;
            }
        }
        return compared ? DicomWebErrorKind.PatientMismatch : DicomWebErrorKind.PatientUnverified;
    }

    private static bool Covers(PatientNumberRule rule, string? issuer) => issuer is null
        ? rule.AllowMissingIssuer
        : rule.Issuers.Exists(known => known.Trim().Equals(issuer, StringComparison.OrdinalIgnoreCase));

    private static bool Same(string image, string own, bool ignoreLeadingZeros)
    {
        string zeros = ignoreLeadingZeros ? "0" : "";
        var number = image.AsSpan().Trim().TrimStart(zeros);
        // A number of nothing but zeros names nobody.
        return number.Length > 0 && number.SequenceEqual(own.AsSpan().Trim().TrimStart(zeros));
    }
}
