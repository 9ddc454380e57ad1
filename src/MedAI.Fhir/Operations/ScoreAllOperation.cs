using System.Buffers;
using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Operations;

/// <summary><c>$score-all</c>: what every model that assesses risks says about one patient, as a collection Bundle.</summary>
public sealed class ScoreAllOperation(RiskAssessor assessor, AssessableModels models, OperationSubjects subjects, ScoreClock clock, PublicAddress address, IdSource ids, TimeProvider time,
    IOptions<ServerOptions> options) : IFhirOperation
{
    public const string Code = "score-all";

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "ScoreAll",
        Title = "Assess a patient's risks with every model",
        Description = "Asks every served model that assesses risks about one patient.",
        Comment = """
            Each model answers for itself: with its RiskAssessment, or with an OperationOutcome that says why it makes none; the extension `model` names whose it is.
            Only where no model could be asked at all, because of the data or of this server, is the whole answer a failure. Models that read images need a study and are not asked.
            """,
        Types = ["Patient"],
        OnType = true,
        OnInstance = true,
        AffectsState = true,
        Access = RoutePolicy.Of(new("Patient", "r"), new("Observation", "rs"), new("RiskAssessment", "c") { UnlessFalse = "persist" }),
        Bare = OperationSubjects.Data,
        Inputs =
        [
            RiskModels.Data,
            RiskModels.AsOf,
            new("persist", 0, "1", FHIRAllTypes.Boolean, "Whether the RiskAssessments and their Provenance are stored. Default: true."),
        ],
        Outputs = [new("return", 1, "1", FHIRAllTypes.Bundle, "A collection with one entry per model: a RiskAssessment or an OperationOutcome.")],
    };

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => models.Any(RiskModels.Offers);

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => [.. models.Where(RiskModels.Offers)];

    public string Describe(IReadOnlyList<ModelManifest> models) => ModelList.After(Declaration.Description, models);

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        var http = call.Http;
        var offered = RiskModels.Offered(models, call.Request.CodesOf);
        if (offered.Length == 0)
            return http.Fail(new Failure(FailureCode.NotReady));
        using var subject = await subjects.FindAsync(call, offered, cancellationToken);
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
            // One deadline for all: a model that comes too late says so in its place.
            Deadline = call.DeadlineFrom(time.GetUtcNow(), options.Value.DeadlineMilliseconds),
        };
        if (subject.Failure is { } missing)
        {
            // Each model that was asked for leaves its row.
            foreach (var model in offered)
                missing = await assessor.RefuseAsync(model, request, missing, cancellationToken);
            return http.Fail(missing);
        }
        var answers = new List<(AssessableModel Model, AssessmentResult Result)>(offered.Length);
        foreach (var model in offered)
            answers.Add((model, await assessor.AssessAsync(model, request, cancellationToken)));
        if (answers.TrueForAll(a => a.Result is AssessmentResult.Failed))
            return http.Fail(((AssessmentResult.Failed)answers[0].Result).Failure);
        return http.Fhir(Write(answers, call.Request.Id));
    }

    private ReadOnlyMemory<byte> Write(List<(AssessableModel Model, AssessmentResult Result)> answers, string requestId)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Bundle");
        writer.WriteString("type", "collection");
        writer.WriteString("timestamp", FhirTime.Format(time.GetUtcNow()));
        writer.WriteStartArray("entry");
        foreach (var (model, result) in answers)
        {
            writer.WriteStartObject();
            switch (result)
            {
                case AssessmentResult.Assessed assessed:
                    writer.WriteString("fullUrl", assessed.ResultId is { } id ? $"{address.FhirBase}/RiskAssessment/{id}" : $"urn:uuid:{assessed.Detail.ResultId}");
                    writer.WritePropertyName("resource");
                    writer.WriteRawValue(assessed.ResourceJson.Span, skipInputValidation: true);
                    break;
                case AssessmentResult.Abstained abstained:
                    WriteOutcome(model, ErrorMap.From(abstained.Abstention));
                    break;
                case AssessmentResult.Failed failed:
                    WriteOutcome(model, failed.Failure);
                    break;
                default:
                    throw new InvalidOperationException("AssessmentResult is closed.");
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;

        void WriteOutcome(AssessableModel model, Failure failure)
        {
            writer.WriteString("fullUrl", "urn:uuid:" + ids.NewId());
            writer.WritePropertyName("resource");
            writer.WriteRawValue(ErrorMap.Answer(failure, requestId, model: DeviceIds.Reference(model.Model.Identity, address.FhirBase)).Outcome.Span, skipInputValidation: true);
        }
    }
}
