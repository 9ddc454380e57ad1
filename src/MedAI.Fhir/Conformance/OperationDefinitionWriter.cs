using Hl7.Fhir.Model;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Conformance;

/// <summary>Writes the OperationDefinitions of the operations that the loaded models offer.</summary>
public static class OperationDefinitionWriter
{
    /// <summary>Code of the operation that estimates a risk, without the dollar sign.</summary>
    public const string AssessRisk = "assess-risk";

    /// <summary>Code of the operation that reads a study, without the dollar sign.</summary>
    public const string InterpretImaging = "interpret-imaging";

    /// <summary>Where the definition of an operation is served; also its canonical URL here.</summary>
    public static string Url(string code, string publicBase) => $"{publicBase}/OperationDefinition/{code}";

    /// <summary>Codes of the operations that at least one loaded model offers and this server knows, in order.</summary>
    public static IReadOnlyList<string> Offered(IReadOnlyList<ModelManifest> models) =>
        [.. new[] { AssessRisk, InterpretImaging }.Where(code => models.Any(m => m.Service.Operations.Contains(code)))];

    /// <returns>Null when no loaded model offers the operation.</returns>
    public static OperationDefinition? Compose(string code, IReadOnlyList<ModelManifest> models, ServerFacts facts)
    {
        if (!Offered(models).Contains(code))
            return null;
        ModelManifest[] offering = [.. models.Where(m => m.Service.Operations.Contains(code)).OrderBy(m => m.Id, StringComparer.Ordinal)];
        return code == AssessRisk ? RiskDefinition(offering, facts) : ImagingDefinition(offering, facts);
    }

    /// <returns>UTF-8 JSON, or null when no loaded model offers the operation.</returns>
    public static byte[]? Write(string code, IReadOnlyList<ModelManifest> models, ServerFacts facts) =>
        Compose(code, models, facts) is { } definition ? FhirJson.ToUtf8(definition) : null;

    private static OperationDefinition RiskDefinition(IReadOnlyList<ModelManifest> models, ServerFacts facts) => new()
    {
        Id = AssessRisk,
        Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(facts.Date) },
        Url = Url(AssessRisk, facts.PublicBase),
        Version = facts.SoftwareVersion,
        Name = "AssessRisk",
        Title = "Assess a patient's risk",
        Status = PublicationStatus.Active,
        Kind = OperationDefinition.OperationKind.Operation,
        Experimental = false,
        Date = FhirTime.Format(facts.Date),
        Publisher = "MedAI",
        Description = new Markdown("Estimates a risk with one of the models: " + string.Join("; ", models.Select(m =>
            $"`{m.Id}`: {SafeText.Markdown(m.Outcome.Text)}")) + "."),
        // It stores the RiskAssessment, so it is never a GET (R4, operations.html: affectsState).
        AffectsState = true,
        Code = AssessRisk,
        Comment = new Markdown("""
            On an instance the data come from this server's store unless `data` is given. On the type and the system they come from `data`, which must hold the Patient.
            A patient that the model was not made for, or too little data, is answered with 422 and an OperationOutcome that names the rule or what is missing; never with an estimate.
            """.ReplaceLineEndings(" ").Trim()),
        Resource = [ResourceType.Patient],
        System = true,
        Type = true,
        Instance = true,
        Parameter =
        [
            Parameter("data", OperationParameterUse.In, 0, "*", FHIRAllTypes.Resource,
                "The patient's data: a Bundle, or several resources. Everything must belong to one patient. A searchset must be complete."),
            Parameter("model", OperationParameterUse.In, 0, "1", FHIRAllTypes.String,
                $"Id of the model. May be left out where one model is served. Served now: {string.Join(", ", models.Select(m => $"`{m.Id}`"))}."),
            Parameter("asOf", OperationParameterUse.In, 0, "1", FHIRAllTypes.DateTime,
                "The instant of the estimate; data that were effective or available later are not used. Default: now."),
            Parameter("persist", OperationParameterUse.In, 0, "1", FHIRAllTypes.Boolean,
                "Whether the RiskAssessment and its Provenance are stored. Default: true."),
            Parameter("return", OperationParameterUse.Out, 1, "1", FHIRAllTypes.RiskAssessment,
                "The estimate as a percentage, with its basis, explanation and the quality of the data."),
        ],
    };

    private static OperationDefinition ImagingDefinition(IReadOnlyList<ModelManifest> models, ServerFacts facts) => new()
    {
        Id = InterpretImaging,
        Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(facts.Date) },
        Url = Url(InterpretImaging, facts.PublicBase),
        Version = facts.SoftwareVersion,
        Name = "InterpretImaging",
        Title = "Read the images of a study",
        Status = PublicationStatus.Active,
        Kind = OperationDefinition.OperationKind.Operation,
        Experimental = false,
        Date = FhirTime.Format(facts.Date),
        Publisher = "MedAI",
        Description = new Markdown("Fetches the images of a study over DICOMweb and reads them with one of the models: " + string.Join("; ", models.Select(m =>
            $"`{m.Id}`: {SafeText.Markdown(m.Outcome.Text)}")) + "."),
        // It stores the report, so it is never a GET (R4, operations.html: affectsState).
        AffectsState = true,
        Code = InterpretImaging,
        Comment = new Markdown("""
            On an instance the study, its patient and its endpoints come from this server's store. Images are fetched from configured origins only, and compared with the patient's identifiers.
            A study of which no image may be read is answered with 422 and an OperationOutcome with one issue per image and reason; a source that fails with 502 or 504. Never with a guess.
            """.ReplaceLineEndings(" ").Trim()),
        Resource = [ResourceType.ImagingStudy],
        System = false,
        Type = true,
        Instance = true,
        Parameter =
        [
            Parameter("imagingStudy", OperationParameterUse.In, 0, "1", FHIRAllTypes.ImagingStudy, "The study; required on the type, forbidden on an instance."),
            Parameter("patient", OperationParameterUse.In, 0, "1", FHIRAllTypes.Patient,
                "Whom the study is about, with the identifiers that the images carry. May be left out where this server holds the Patient."),
            Parameter("endpoint", OperationParameterUse.In, 0, "*", FHIRAllTypes.Endpoint, "Endpoints that the study refers to; contained ones need not be repeated."),
            Parameter("data", OperationParameterUse.In, 0, "*", FHIRAllTypes.Bundle, "All of these in a Bundle."),
            Parameter("model", OperationParameterUse.In, 0, "1", FHIRAllTypes.String,
                $"Id of the model. May be left out where one model is served. Served now: {string.Join(", ", models.Select(m => $"`{m.Id}`"))}."),
            Parameter("return", OperationParameterUse.Out, 1, "1", FHIRAllTypes.Bundle,
                "A collection: the DiagnosticReport first, then its Observations, Media, Binaries and the Provenance."),
        ],
    };

    private static OperationDefinition.ParameterComponent Parameter(string name, OperationParameterUse use, int min, string max, FHIRAllTypes type, string text) => new()
    {
        Name = name,
        Use = use,
        Min = min,
        Max = max,
        Type = type,
        Documentation = new Markdown(text),
    };
}
