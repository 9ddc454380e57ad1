using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Operations;

/// <summary><c>$interpret-imaging</c>: reads the images of one ImagingStudy and answers a Bundle with the DiagnosticReport first.</summary>
public sealed class InterpretImagingOperation(ImagingInterpreter interpreter, InterpretingModels models, StudyRecords studies, StoredStudySource patients, PublicAddress address, TimeProvider time,
    IOptions<ImagingOptions> options) : IFhirOperation
{
    public const string Code = InterpretingModels.Operation;

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "InterpretImaging",
        Title = "Read the images of a study",
        Description = "Fetches the images of a study over DICOMweb and reads them with one of the served models.",
        Comment = """
            On an instance the study, its patient and its endpoints come from this server's store, else from the hospital's FHIR server. Images are fetched from configured origins only, and compared with the patient's identifiers.
            A study of which no image may be read is answered with 422 and an OperationOutcome with one issue per image and reason; a source that fails with 502 or 504. Never with a guess.
            """,
        Types = ["ImagingStudy"],
        OnType = true,
        OnInstance = true,
        // It stores the report.
        AffectsState = true,
        Access = RoutePolicy.Of(new("Patient", "r"), new("ImagingStudy", "r"), new("DiagnosticReport", "c")),
        Bare = "data",
        Inputs =
        [
            new("imagingStudy", 0, "1", FHIRAllTypes.ImagingStudy, "The study; required on the type, forbidden on an instance."),
            new("patient", 0, "1", FHIRAllTypes.Patient,
                "Whom the study is about, with the identifiers that the images carry. May be left out where this server holds the Patient."),
            new("endpoint", 0, "*", FHIRAllTypes.Endpoint, "Endpoints that the study refers to; contained ones need not be repeated."),
            new("data", 0, "*", FHIRAllTypes.Bundle, "All of these in a Bundle."),
            new("model", 0, "1", FHIRAllTypes.String, "Id of the model. May be left out where one model is served.") { NamesModel = true },
        ],
        Outputs = [new("return", 1, "1", FHIRAllTypes.Bundle, "A collection: the DiagnosticReport first, then its Observations, Media, Binaries and the Provenance.")],
    };

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => models.Any(Offers);

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => [.. models.Where(Offers)];

    public string Describe(IReadOnlyList<ModelManifest> models) => ModelList.After(Declaration.Description, models);

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        var http = call.Http;
        var (read, invalid) = InterpretImagingParameters.Read(call.Inputs);
        if (read is null)
            return http.Fail(invalid!);
        var (model, unknown) = Choose(models, read.Model);
        if (model is null)
            return http.Fail(unknown!);
        const string Where = "Parameters.parameter.where(name='imagingStudy')";
        if (call.Id is not null && read.ImagingStudy is not null)
            return http.Fail(new Failure(FailureCode.InvalidParameter, "The study is named by the address; leave it out of the parameters.", Where));
        if (call.Id is null && read.ImagingStudy is null)
            return http.Fail(new Failure(FailureCode.MissingParameter, "An ImagingStudy is required on this level.", Where));
        var deadline = call.DeadlineFrom(time.GetUtcNow(), options.Value.DeadlineMilliseconds);
        var (found, fhirBase, none) = call.Id is null ? (null, "", null) : await studies.FindAsync(call.Request, call.Id, deadline, cancellationToken);
        using var stored = found;
        if (none is not null)
            return http.Fail(none);

        var study = stored is null ? read.ImagingStudy!.Value : (stored.ImagingStudy, FullUrl: $"{fhirBase}/ImagingStudy/{call.Id}");
        var (patient, key, missing) = await PatientOfAsync(study, read, stored, fhirBase, call.Request, cancellationToken);
        if (key is null)
            return http.Fail(missing!);
        // All that was handed over is about this patient or does not say whom it is about, and the stored study was found to be.
        if (call.Request.Access?.Only is { } only)
            key = only;
        var result = await interpreter.InterpretAsync(model, new InterpretationRequest
        {
            ImagingStudy = study.Item1,
            PatientResource = patient,
            Patient = key,
            Endpoints = [.. read.Endpoints, .. stored?.Endpoints ?? []],
            StudyReference = StudyReferences.Of(study.Item1, key, address.FhirBase),
            EncounterReference = StudyReferences.EncounterOf(study.Item1),
            Request = call.Request,
            Trigger = "operation:" + Code,
            Deadline = deadline,
        }, cancellationToken);
        return result switch
        {
            InterpretationResult.Reported reported => http.FhirStored(reported.Bundle, $"DiagnosticReport/{reported.ReportId}"),
            InterpretationResult.Refused refused => http.Fail(refused.Failure),
            InterpretationResult.Failed failed => http.Fail(failed.Failure),
            _ => throw new InvalidOperationException("InterpretationResult is closed."),
        };
    }

    private static bool Offers(ModelManifest model) => model.Service.Operations.Contains(Code, StringComparer.Ordinal);

    /// <summary>The Patient, from the parameters or from where the study was found, and on which server it is known.</summary>
    /// <param name="storedBase">FHIR base below which the study was found.</param>
    private async Task<(JsonElement Patient, PatientKey? Key, Failure? Failure)> PatientOfAsync((JsonElement Resource, string? FullUrl) study,
        InterpretImagingParameters parameters, StoredStudy? stored, string storedBase, RequestFacts facts, CancellationToken cancellationToken)
    {
        string tenant = facts.Tenant;
        string? subject = FhirJson.String(FhirJson.Member(FhirJson.Member(study.Resource, "subject"u8), "reference"u8));
        if (parameters.Patient is { } given)
        {
            if (FhirJson.String(FhirJson.Member(given.Resource, "id"u8)) is not { } id)
                return (default, null, new Failure(FailureCode.PatientMissing, "The Patient needs an id.", "Patient.id"));
            string fhirBase = stored is not null ? storedBase
                : BodySubject.BaseOf(given.FullUrl, "Patient", id) ?? BodySubject.BaseOf(subject, "Patient", id)
                ?? (FhirJson.String(FhirJson.Member(study.Resource, "id"u8)) is { } studyId ? BodySubject.BaseOf(study.FullUrl, "ImagingStudy", studyId) : null)
                ?? BodySubject.NoServer;
            return (given.Resource, new PatientKey(tenant, fhirBase, id), null);
        }
        if (stored?.Patient is { } own)
            return (own, new PatientKey(tenant, storedBase, FhirJson.String(FhirJson.Member(own, "id"u8))!), null);
        // Without a Patient nobody could say whether the images are the patient's: ours may be in the store.
        string? ownId = subject is null ? null : LocalId(subject, address.FhirBase);
        if (ownId is not null && await patients.FindPatientAsync(ownId, facts, cancellationToken) is { } found)
            return (found, new PatientKey(tenant, address.FhirBase, ownId), null);
        return (default, null, new Failure(FailureCode.PatientMissing, "The Patient is required: the images are compared with its identifiers.", "Parameters.parameter.where(name='patient')"));
    }

    private static string? LocalId(string reference, string ownBase)
    {
        string local = reference.StartsWith(ownBase + "/", StringComparison.Ordinal) ? reference[(ownBase.Length + 1)..] : reference;
        return local.Split('/') is ["Patient", var id] ? id : null;
    }

    private static (IImagingModel? Model, Failure? Failure) Choose(InterpretingModels models, string? reference)
    {
        var offered = models.Offered;
        const string Where = "Parameters.parameter.where(name='model')";
        string offer = "Models: " + string.Join(", ", offered.Select(m => $"{m.Identity.Id}|{m.Identity.Version}")) + ".";
        if (reference is not null)
        {
            return models.Find(reference) is { } named
                ? (named, null)
                : (null, new Failure(offered.Length == 0 ? FailureCode.NotReady : FailureCode.UnknownModel, offer, Where));
        }
        return offered switch
        {
            [] => (null, new Failure(FailureCode.NotReady)),
            [var only] => (only, null),
            _ => (null, new Failure(FailureCode.MissingParameter, "Several models read images. " + offer, Where)),
        };
    }
}
