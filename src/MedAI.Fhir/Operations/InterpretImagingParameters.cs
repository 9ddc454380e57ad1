using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.Operations;

/// <summary>The resources that <c>$interpret-imaging</c> was given: in a Parameters resource, a Bundle, or a bare ImagingStudy.</summary>
/// <remarks>Resources are told apart by their type, whichever of the documented parameters carries them.</remarks>
public sealed record InterpretImagingParameters
{
    public (JsonElement Resource, string? FullUrl)? ImagingStudy { get; private set; }

    public (JsonElement Resource, string? FullUrl)? Patient { get; private set; }

    public IReadOnlyList<EndpointResource> Endpoints => _endpoints;

    /// <summary>Model id, or id|version.</summary>
    public string? Model { get; private init; }

    private readonly List<EndpointResource> _endpoints = [];
    private readonly List<FailureIssue> _issues = [];

    public static (InterpretImagingParameters? Parameters, Failure? Failure) Read(OperationInputs inputs)
    {
        var read = new InterpretImagingParameters { Model = inputs.Text("model") };
        foreach (var given in inputs.All.Where(g => g.Type == "Resource"))
            read.Take(given.Value, null, given.Place);
        return read._issues.Count > 0 ? (null, new Failure(FailureCode.InvalidParameter, read._issues)) : (read, null);
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
