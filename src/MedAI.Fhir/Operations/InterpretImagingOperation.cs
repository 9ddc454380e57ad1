using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using MedAI.Models.Images;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations;

/// <summary><c>$interpret-imaging</c>: reads the images of one ImagingStudy and answers a Bundle with the DiagnosticReport first.</summary>
/// <remarks>affectsState is true (it stores what it answers), so only POST is offered.</remarks>
public static class InterpretImagingOperation
{
    public const string Code = InterpretingModels.Operation;

    public static void MapInterpretImaging(this RouteGroupBuilder fhir)
    {
        fhir.MapPost("/ImagingStudy/$" + Code, (HttpContext http, Services services, CancellationToken ct) => InvokeAsync(null, http, services, ct));
        fhir.MapPost("/ImagingStudy/{id}/$" + Code, (string id, HttpContext http, Services services, CancellationToken ct) => InvokeAsync(id, http, services, ct));
    }

    /// <summary>What the operation works with.</summary>
    public sealed record Services(ImagingInterpreter Interpreter, InterpretingModels Models, StoredStudySource Stored, FhirBodyReader Bodies,
        PublicAddress Address, TimeProvider Time, IOptions<ImagingOptions> Options);

    private static async Task<IResult> InvokeAsync(string? studyId, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var started = RequestFacts.Of(http);
        JsonBody? body = null;
        StoredStudy? stored = null;
        try
        {
            var parameters = new InterpretImagingParameters();
            if (studyId is null || http.Request.ContentLength is not (null or 0))
            {
                (body, var unreadable) = await services.Bodies.ReadAsync(http.Request, cancellationToken);
                if (body is null)
                    return http.Fail(unreadable!);
                (var read, var invalid) = InterpretImagingParameters.Read(body.Root);
                if (read is null)
                    return http.Fail(invalid!);
                parameters = read;
            }
            var (model, unknown) = Choose(services.Models, parameters.Model);
            if (model is null)
                return http.Fail(unknown!);

            if (studyId is not null)
            {
                if (parameters.ImagingStudy is not null)
                    return http.Fail(new Failure(FailureCode.InvalidParameter, "The study is named by the address; leave it out of the parameters.", "Parameters.parameter.where(name='imagingStudy')"));
                stored = await services.Stored.FindAsync(studyId, cancellationToken);
                if (stored is null)
                    return http.Fail(new Failure(FailureCode.NotFound, "This server holds no such ImagingStudy."));
            }
            else if (parameters.ImagingStudy is null)
            {
                return http.Fail(new Failure(FailureCode.MissingParameter, "An ImagingStudy is required on this level.", "Parameters.parameter.where(name='imagingStudy')"));
            }

            var study = stored is null ? parameters.ImagingStudy!.Value : (stored.ImagingStudy, FullUrl: $"{services.Address.FhirBase}/ImagingStudy/{studyId}");
            var (patient, key, missing) = await PatientOfAsync(study, parameters, stored, services, cancellationToken);
            if (key is null)
                return http.Fail(missing!);

            var result = await services.Interpreter.InterpretAsync(model, new InterpretationRequest
            {
                ImagingStudy = study.Item1,
                PatientResource = patient,
                Patient = key,
                Endpoints = [.. parameters.Endpoints, .. stored?.Endpoints ?? []],
                StudyReference = StudyReferences.Of(study.Item1, key, services.Address.FhirBase),
                EncounterReference = StudyReferences.EncounterOf(study.Item1),
                Request = started,
                Trigger = "operation:" + Code,
                Deadline = services.Time.GetUtcNow().AddMilliseconds(services.Options.Value.DeadlineMilliseconds),
            }, cancellationToken);
            return result switch
            {
                InterpretationResult.Reported reported => http.FhirStored(reported.Bundle, $"DiagnosticReport/{reported.ReportId}"),
                InterpretationResult.Refused refused => http.Fail(refused.Failure),
                InterpretationResult.Failed failed => http.Fail(failed.Failure),
                _ => throw new InvalidOperationException("InterpretationResult is closed."),
            };
        }
        finally
        {
            stored?.Dispose();
            body?.Dispose();
        }
    }

    /// <summary>The Patient, from the parameters or our own store, and on which server it is known.</summary>
    private static async Task<(JsonElement Patient, PatientKey? Key, Failure? Failure)> PatientOfAsync((JsonElement Resource, string? FullUrl) study,
        InterpretImagingParameters parameters, StoredStudy? stored, Services services, CancellationToken cancellationToken)
    {
        string? subject = FhirJson.String(FhirJson.Member(FhirJson.Member(study.Resource, "subject"u8), "reference"u8));
        if (parameters.Patient is { } given)
        {
            if (FhirJson.String(FhirJson.Member(given.Resource, "id"u8)) is not { } id)
                return (default, null, new Failure(FailureCode.PatientMissing, "The Patient needs an id.", "Patient.id"));
            string fhirBase = stored is not null ? services.Address.FhirBase
                : BodySubject.BaseOf(given.FullUrl, "Patient", id) ?? BodySubject.BaseOf(subject, "Patient", id)
                ?? (FhirJson.String(FhirJson.Member(study.Resource, "id"u8)) is { } studyId ? BodySubject.BaseOf(study.FullUrl, "ImagingStudy", studyId) : null)
                ?? BodySubject.NoServer;
            return (given.Resource, new PatientKey("default", fhirBase, id), null);
        }
        if (stored?.Patient is { } own)
            return (own, new PatientKey("default", services.Address.FhirBase, FhirJson.String(FhirJson.Member(own, "id"u8))!), null);
        // Without a Patient nobody could say whether the images are the patient's: ours may be in the store.
        string? ownId = subject is null ? null : LocalId(subject, services.Address.FhirBase);
        if (ownId is not null && await services.Stored.FindPatientAsync(ownId, cancellationToken) is { } found)
            return (found, new PatientKey("default", services.Address.FhirBase, ownId), null);
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
