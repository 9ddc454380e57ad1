using Hl7.Fhir.Model;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations;

/// <summary><c>$assess-risk</c>: a risk for one patient, from the request's data or from the store, as a bare RiskAssessment.</summary>
public sealed class AssessRiskOperation(RiskAssessor assessor, AssessableModels models, OperationSubjects subjects, ScoreClock clock, TimeProvider time, IOptions<ServerOptions> options) : IFhirOperation
{
    public const string Code = "assess-risk";

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "AssessRisk",
        Title = "Assess a patient's risk",
        Description = "Estimates a risk with one of the served models.",
        Comment = """
            On an instance the data are this server's record of the patient, else what the hospital's FHIR server holds where one is configured; `data` is added to them. On the type and the system they come from `data`, which must hold the Patient.
            A patient that the model was not made for, or too little data, is answered with 422 and an OperationOutcome that names the rule or what is missing; never with an estimate.
            """,
        Types = ["Patient"],
        OnSystem = true,
        OnType = true,
        OnInstance = true,
        // It stores the RiskAssessment.
        AffectsState = true,
        Access = RoutePolicy.Of(new("Patient", "r"), new("Observation", "rs"), new("RiskAssessment", "c") { UnlessFalse = "persist" }),
        Bare = OperationSubjects.Data,
        Inputs =
        [
            RiskModels.Data,
            RiskModels.Input,
            RiskModels.AsOf,
            new("persist", 0, "1", FHIRAllTypes.Boolean, "Whether the RiskAssessment and its Provenance are stored. Default: true."),
        ],
        Outputs = [new("return", 1, "1", FHIRAllTypes.RiskAssessment, "The estimate as a percentage, with its basis, explanation and the quality of the data.")],
    };

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => models.Any(RiskModels.Offers);

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => [.. models.Where(RiskModels.Offers)];

    public string Describe(IReadOnlyList<ModelManifest> models) => ModelList.After(Declaration.Description, models);

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        var http = call.Http;
        var (model, unknown) = RiskModels.Choose(models, call.Inputs.Text("model"), call.Request.CodesOf);
        if (model is null)
            return http.Fail(unknown!);
        using var subject = await subjects.FindAsync(call, [model], cancellationToken);
        if (subject.Patient is not { } patient)
            return http.Fail(subject.Failure!);
        var asOf = call.Inputs.Instant("asOf");
        var request = new AssessmentRequest
        {
            Documents = subject.Documents,
            Patient = patient,
            AsOf = asOf ?? call.Received,
            ClockTolerance = asOf is null && !clock.Pinned ? PatientTimelineBuilder.ClockTolerance : TimeSpan.Zero,
            Persist = call.Inputs.Flag("persist") ?? true,
            Request = call.Request,
            Trigger = "operation:" + Code,
            Deadline = call.DeadlineFrom(time.GetUtcNow(), options.Value.DeadlineMilliseconds),
        };
        if (subject.Failure is { } missing)
            return http.Fail(await assessor.RefuseAsync(model, request, missing, cancellationToken));
        return await assessor.AssessAsync(model, request, cancellationToken) switch
        {
            AssessmentResult.Assessed { ResultId: { } id } stored => http.FhirStored(stored.ResourceJson, $"RiskAssessment/{id}/_history/1"),
            AssessmentResult.Assessed assessed => http.Fhir(assessed.ResourceJson),
            AssessmentResult.Abstained abstained => http.Fail(ErrorMap.From(abstained.Abstention)),
            AssessmentResult.Failed failed => http.Fail(failed.Failure),
            _ => throw new InvalidOperationException("AssessmentResult is closed."),
        };
    }
}
