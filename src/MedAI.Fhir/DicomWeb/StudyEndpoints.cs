using System.Text.Json;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Finds the service that holds a series: its own endpoint, the study's, one that came with the request, the configured PACS.</summary>
/// <remarks>An endpoint that is named and not trusted ends the search: the images of another place would not be those that were meant.</remarks>
internal sealed class StudyEndpoints(StudyRequest request, ImagingStudyFacts study, OutboundGuard guard, string? defaultPacs)
{
    /// <summary>Endpoints of one list that are looked at.</summary>
    private const int MostCandidates = 16;

    /// <param name="series">Null for a study that lists no series.</param>
    public (WadoBase? Service, DicomWebErrorKind? Refusal) Of(ImagingSeriesFacts? series)
    {
        if (series is not null && Choose(Named(series.Endpoints), series.Uid) is { } own)
            return own;
        if (Choose(Named(study.Endpoints), null) is { } ofStudy)
            return ofStudy;
        // Who sends endpoints beside a study that names none means them.
        if (study.Endpoints.Count == 0 && Choose(request.Endpoints.Select(e => e.Resource), null) is { } given)
            return given;
        return Configured();
    }

    /// <summary>The first usable one of several endpoints; null when none is a DICOMweb service.</summary>
    private (WadoBase?, DicomWebErrorKind?)? Choose(IEnumerable<JsonElement> endpoints, DicomUid? series)
    {
        DicomWebErrorKind? refusal = null;
        foreach (var endpoint in endpoints.Where(IsRetrieval).Take(MostCandidates))
        {
            string? address = FhirJson.String(FhirJson.Member(endpoint, "address"u8));
            if (!guard.TryTarget(address, OutboundUse.DicomWeb, out var target))
                refusal ??= DicomWebErrorKind.EndpointUntrusted;
            else if (WadoBase.TryRead(target, study.Uid, series, out var service))
                return (service, null);
            else
                refusal ??= DicomWebErrorKind.EndpointUnusable;
        }
        return refusal is null ? null : (null, refusal);
    }

    private (WadoBase?, DicomWebErrorKind?) Configured() =>
        defaultPacs is null ? (null, DicomWebErrorKind.NoEndpoint)
        : guard.TryTarget(defaultPacs, OutboundUse.DicomWeb, out var target) && WadoBase.TryRead(target, study.Uid, null, out var service) ? (service, null)
        : (null, DicomWebErrorKind.EndpointUnusable);

    /// <summary>The Endpoint resources that references name; references to what nobody sent are left out.</summary>
    private IEnumerable<JsonElement> Named(IReadOnlyList<string> references)
    {
        foreach (string reference in references)
        {
            if (reference.StartsWith('#'))
            {
                foreach (var contained in FhirJson.Items(FhirJson.Member(request.ImagingStudy, "contained"u8)))
                {
                    if (FhirJson.String(FhirJson.Member(contained, "id"u8)) is { } id && reference.AsSpan(1).SequenceEqual(id))
                        yield return contained;
                }
                continue;
            }
            foreach (var given in request.Endpoints)
            {
                if (Names(reference, given))
                    yield return given.Resource;
            }
        }
    }

    private bool Names(string reference, EndpointResource endpoint)
    {
        int history = reference.IndexOf("/_history/", StringComparison.Ordinal);
        string plain = history < 0 ? reference : reference[..history];
        if (endpoint.FullUrl is { } url && plain == url)
            return true;
        if (FhirJson.String(FhirJson.Member(endpoint.Resource, "id"u8)) is not { } id)
            return false;
        // A resource without an address of its own is one of the patient's server.
        bool sameServer = endpoint.FullUrl is null || endpoint.FullUrl == $"{request.PatientKey.FhirBase}/Endpoint/{id}";
        return sameServer && (plain == $"Endpoint/{id}" || plain == $"{request.PatientKey.FhirBase}/Endpoint/{id}");
    }

    /// <summary>An Endpoint that says it is DICOMweb retrieval and not that it is out of use.</summary>
    private static bool IsRetrieval(JsonElement endpoint)
    {
        var status = FhirJson.Member(endpoint, "status"u8);
        var (system, code) = FhirJson.Coding(FhirJson.Member(endpoint, "connectionType"u8));
        return FhirJson.Is(FhirJson.Member(endpoint, "resourceType"u8), "Endpoint"u8)
            && FhirJson.Is(code, "dicom-wado-rs"u8)
            && (system.ValueKind == JsonValueKind.Undefined || FhirJson.Is(system, "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"u8))
            && !FhirJson.Is(status, "off"u8) && !FhirJson.Is(status, "suspended"u8) && !FhirJson.Is(status, "error"u8) && !FhirJson.Is(status, "entered-in-error"u8);
    }
}
