using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations;

/// <summary><c>$assess-risk</c>: a risk for one patient, from the request's data or from the store, as a bare RiskAssessment.</summary>
/// <remarks>affectsState is true (it stores what it answers), so only POST is offered.</remarks>
public static class AssessRiskOperation
{
    public const string Code = "assess-risk";

    public static void MapAssessRisk(this RouteGroupBuilder fhir)
    {
        fhir.MapPost("/$" + Code, (HttpContext http, Services services, CancellationToken ct) => InvokeAsync(null, http, services, ct));
        fhir.MapPost("/Patient/$" + Code, (HttpContext http, Services services, CancellationToken ct) => InvokeAsync(null, http, services, ct));
        fhir.MapPost("/Patient/{id}/$" + Code, (string id, HttpContext http, Services services, CancellationToken ct) => InvokeAsync(id, http, services, ct));
    }

    /// <summary>What the operation works with.</summary>
    public sealed record Services(RiskAssessor Assessor, AssessableModels Models, StoredRecordSource Stored, FhirBodyReader Bodies,
        PublicAddress Address, ScoreClock Clock, TimeProvider Time, IOptions<ServerOptions> Options);

    private static async Task<IResult> InvokeAsync(string? patientId, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        var form = ContentNegotiation.Choose(http.Request);
        if (form.Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        var started = RequestFacts.Of(http);
        JsonBody? body = null;
        JsonDocument? record = null;
        try
        {
            var parameters = new AssessRiskParameters();
            if (patientId is null || http.Request.ContentLength is not (null or 0))
            {
                (body, var unreadable) = await services.Bodies.ReadAsync(http.Request, cancellationToken);
                if (body is null)
                    return http.Fail(unreadable!);
                (var read, var invalid) = AssessRiskParameters.Read(body.Root);
                if (read is null)
                    return http.Fail(invalid!);
                parameters = read;
            }

            var (model, unknown) = Choose(services.Models, parameters.Model);
            if (model is null)
                return http.Fail(unknown!);

            var documents = new List<ClinicalDocument>(parameters.Data);
            PatientKey? patient;
            if (patientId is not null)
            {
                patient = new PatientKey("default", services.Address.FhirBase, patientId);
                if (await services.Stored.FindAsync(patientId, cancellationToken) is not { } found)
                    return http.Fail(new Failure(FailureCode.NotFound, "This server holds no record of that patient."));
                record = found.Owner;
                documents.Add(found.Document);
            }
            else
            {
                if (documents.Count == 0)
                    return http.Fail(new Failure(FailureCode.MissingParameter, "data is required on this level.", "Parameters.parameter.where(name='data')"));
                (patient, var unidentified) = BodySubject.Find(documents, "default");
                if (patient is null)
                    return http.Fail(unidentified!);
            }

            var result = await services.Assessor.AssessAsync(model, new AssessmentRequest
            {
                Documents = documents,
                Patient = patient,
                AsOf = parameters.AsOf ?? services.Clock.Now,
                ClockTolerance = parameters.AsOf is null && !services.Clock.Pinned ? PatientTimelineBuilder.ClockTolerance : TimeSpan.Zero,
                Persist = parameters.Persist,
                Request = started,
                Trigger = "operation:" + Code,
                Deadline = services.Time.GetUtcNow().AddMilliseconds(services.Options.Value.DeadlineMilliseconds),
            }, cancellationToken);
            return result switch
            {
                AssessmentResult.Assessed { ResultId: { } id } assessed => http.FhirStored(assessed.ResourceJson, $"RiskAssessment/{id}/_history/1"),
                AssessmentResult.Assessed assessed => http.Fhir(assessed.ResourceJson),
                AssessmentResult.Abstained abstained => http.Fail(ErrorMap.From(abstained.Abstention)),
                AssessmentResult.Failed failed => http.Fail(failed.Failure),
                _ => throw new InvalidOperationException("AssessmentResult is closed."),
            };
        }
        finally
        {
            record?.Dispose();
            body?.Dispose();
        }
    }

    private static (AssessableModel? Model, Failure? Failure) Choose(AssessableModels models, string? reference)
    {
        var offered = models.All.Where(m => m.Manifest.Service.Operations.Contains(Code, StringComparer.Ordinal)).ToArray();
        if (reference is not null)
        {
            var named = models.Find(reference);
            return named is not null && offered.Contains(named)
                ? (named, null)
                : (null, new Failure(offered.Length == 0 ? FailureCode.NotReady : FailureCode.UnknownModel, Offer(offered), "Parameters.parameter.where(name='model')"));
        }
        return offered switch
        {
            [] => (null, new Failure(FailureCode.NotReady)),
            [var only] => (only, null),
            _ => (null, new Failure(FailureCode.MissingParameter, "Several models assess risks. " + Offer(offered), "Parameters.parameter.where(name='model')")),
        };
    }

    private static string Offer(AssessableModel[] offered) =>
        "Models: " + string.Join(", ", offered.Select(m => $"{m.Manifest.Id}|{m.Manifest.Version}")) + ".";
}
