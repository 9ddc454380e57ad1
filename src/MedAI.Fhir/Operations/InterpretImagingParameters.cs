using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Operations;

/// <summary>In-parameters of <c>$interpret-imaging</c>: a Parameters resource, a Bundle, or a bare ImagingStudy.</summary>
/// <remarks>Resources are told apart by their type, whichever of the documented parameters carries them.</remarks>
public sealed record InterpretImagingParameters
{
    public (JsonElement Resource, string? FullUrl)? ImagingStudy { get; private set; }

    public (JsonElement Resource, string? FullUrl)? Patient { get; private set; }

    public IReadOnlyList<EndpointResource> Endpoints => _endpoints;

    /// <summary>Model id, or id|version.</summary>
    public string? Model { get; private set; }

    private readonly List<EndpointResource> _endpoints = [];
    private readonly List<FailureIssue> _issues = [];

    public static (InterpretImagingParameters? Parameters, Failure? Failure) Read(JsonElement body)
    {
        var read = new InterpretImagingParameters();
        if (!FhirJson.Is(FhirJson.Member(body, "resourceType"u8), "Parameters"u8))
        {
            if (FhirJson.String(FhirJson.Member(body, "resourceType"u8)) is null)
                return (null, new Failure(FailureCode.MalformedRequest, "The body must be a Parameters resource, a Bundle or an ImagingStudy.", "$.resourceType"));
            read.Take(body, null, "$");
        }
        else if (FhirJson.Member(body, "parameter"u8) is { ValueKind: not (JsonValueKind.Array or JsonValueKind.Undefined) })
        {
            return (null, new Failure(FailureCode.MalformedRequest, "Parameters.parameter must be an array.", "Parameters.parameter"));
        }
        else
        {
            int index = 0;
            foreach (var parameter in FhirJson.Items(FhirJson.Member(body, "parameter"u8)))
                read.TakeParameter(parameter, $"Parameters.parameter[{index++}]");
        }
        return read._issues.Count > 0 ? (null, new Failure(FailureCode.InvalidParameter, read._issues)) : (read, null);
    }

    private void TakeParameter(JsonElement parameter, string where)
    {
        switch (FhirJson.String(FhirJson.Member(parameter, "name"u8)))
        {
            case null:
                _issues.Add(new FailureIssue("A parameter needs a name.", where + ".name"));
                break;
            case "imagingStudy" or "patient" or "endpoint" or "data":
                var resource = FhirJson.Member(parameter, "resource"u8);
                if (resource.ValueKind == JsonValueKind.Object)
                    Take(resource, null, where + ".resource");
                else
                    _issues.Add(new FailureIssue("This parameter carries a resource.", where + ".resource"));
                break;
            case "model":
                string? model = FhirJson.String(FhirJson.Member(parameter, "valueString"u8)) ?? FhirJson.String(FhirJson.Member(parameter, "valueCode"u8));
                if (model is null || Model is not null)
                    _issues.Add(new FailureIssue(model is null ? "A value is required as valueString." : "model may be given once.", where));
                Model = model;
                break;
            default:
                // The name is the caller's text and may hold anything, so it is not echoed.
                _issues.Add(new FailureIssue("This operation knows the parameters imagingStudy, patient, endpoint, data and model.", where + ".name"));
                break;
        }
    }

    private void Take(JsonElement resource, string? fullUrl, string where)
    {
        switch (FhirJson.String(FhirJson.Member(resource, "resourceType"u8)))
        {
            case "ImagingStudy" when ImagingStudy is null:
                ImagingStudy = (resource, fullUrl);
                break;
            case "Patient" when Patient is null:
                Patient = (resource, fullUrl);
                break;
            case "ImagingStudy" or "Patient":
                _issues.Add(new FailureIssue("One study of one patient is read at a time.", where));
                break;
            case "Endpoint":
                _endpoints.Add(new EndpointResource(resource, fullUrl));
                break;
            case "Bundle":
                int index = 0;
                foreach (var entry in FhirJson.Items(FhirJson.Member(resource, "entry"u8)))
                {
                    if (FhirJson.Member(entry, "resource"u8) is { ValueKind: JsonValueKind.Object } inner)
                        Take(inner, FhirJson.String(FhirJson.Member(entry, "fullUrl"u8)), $"{where}.entry[{index}].resource");
                    index++;
                }
                break;
            default:
                // A Bundle that an EHR made for several purposes holds others too.
                break;
        }
    }
}
