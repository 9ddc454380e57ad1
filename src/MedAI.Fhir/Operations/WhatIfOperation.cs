using Hl7.Fhir.Model;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using Microsoft.Extensions.Options;
using FhirJson = MedAI.Fhir.Writing.FhirJson;
using FhirTime = MedAI.Fhir.Writing.FhirTime;

namespace MedAI.Fhir.Operations;

/// <summary><c>$what-if</c>: how a model's estimate moves when inputs are changed. Off unless the operator switches it on.</summary>
/// <remarks>
/// It shows the sensitivity of a model and not the effect of a treatment: the model has only seen what went together, never what an intervention did. Therefore it never writes
/// a RiskAssessment, stores nothing but its audit row, and says what it is in every answer.
/// </remarks>
public sealed class WhatIfOperation(AssessableModels models, OperationSubjects subjects, IResourceStore store, ScoreClock clock, PublicAddress address, IdSource ids, TimeProvider time,
    IOptions<WhatIfOptions> whatIf, IOptions<ServerOptions> options) : IFhirOperation
{
    public const string Code = "what-if";

    public const string Notice = "sensitivity display, not effect of treatment";

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "WhatIf",
        Title = "Show how an estimate depends on its inputs",
        Description = $"Shows how a model's estimate moves when inputs are changed: a {Notice}.",
        Comment = $"""
            A {Notice}. Each changed variable counts as measured once more at the instant of the estimate, beside what was measured in that hour.
            Nothing is stored but the audit row.
            """,
        Types = ["Patient"],
        OnType = true,
        OnInstance = true,
        AffectsState = false,
        Access = RoutePolicy.Of(new("Patient", "r"), new("Observation", "rs")),
        Inputs =
        [
            new("change", 1, WhatIfChange.Most.ToString(System.Globalization.CultureInfo.InvariantCulture), null, "A changed input.")
            {
                Parts =
                [
                    new("variable", 1, "1", FHIRAllTypes.Code, "Id of the model's variable, as the explanation of a result names it."),
                    new("value", 1, "1", FHIRAllTypes.Decimal, "Its value in the model's unit."),
                ],
            },
            RiskModels.Data,
            RiskModels.Input,
            RiskModels.AsOf,
        ],
        Outputs =
        [
            new("notice", 1, "1", FHIRAllTypes.String, $"Always: {Notice}."),
            new("model", 1, "1", FHIRAllTypes.Reference, "The Device that stands for the version of the model."),
            new("asOf", 1, "1", FHIRAllTypes.DateTime, "The instant of the estimate."),
            new("change", 1, "*", null, "What was changed.")
            {
                Parts =
                [
                    new("variable", 1, "1", FHIRAllTypes.Code, "Id of the variable."),
                    new("title", 1, "1", FHIRAllTypes.String, "Its name."),
                    new("value", 1, "1", FHIRAllTypes.Quantity, "Its changed value."),
                ],
            },
            new("estimate", 1, "*", null, "One per outcome.")
            {
                Parts =
                [
                    new("outcome", 1, "1", FHIRAllTypes.CodeableConcept, "What is estimated."),
                    new("unchanged", 1, "1", FHIRAllTypes.Decimal, "Estimated probability from the data as they are, in percent."),
                    new("changed", 1, "1", FHIRAllTypes.Decimal, "Estimated probability from the changed data, in percent."),
                ],
            },
        ],
    };

    public bool IsEnabled => whatIf.Value.Enabled;

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => IsEnabled && models.Any(RiskModels.Offers);

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => [.. models.Where(RiskModels.Offers)];

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        var http = call.Http;
        var (model, unknown) = RiskModels.Choose(models, call.Inputs.Text("model"), call.Request.CodesOf);
        if (model is null)
            return http.Fail(unknown!);
        var (changes, impossible) = WhatIfChange.Read(call.Inputs, model.Model.Variables);
        if (changes is null)
            return http.Fail(impossible!);
        using var subject = await subjects.FindAsync(call, [model], cancellationToken);
        if (subject.Patient is not { } patient)
            return http.Fail(subject.Failure!);
        if (subject.Failure is { } missing)
        {
            await AuditAsync(call, model, patient, null, missing, cancellationToken);
            return http.Fail(missing);
        }
        var given = call.Inputs.Instant("asOf");
        var asOf = given ?? call.Received;
        var tolerance = given is null && !clock.Pinned ? PatientTimelineBuilder.ClockTolerance : TimeSpan.Zero;
        using var observations = WhatIfChange.AsObservations(changes, patient, asOf);

        var deadline = call.DeadlineFrom(time.GetUtcNow(), options.Value.DeadlineMilliseconds);
        var (unchanged, refusal) = await PredictAsync(model, patient, subject.Documents, asOf, tolerance, [], deadline, cancellationToken);
        (var changed, refusal) = unchanged is null ? (null, refusal)
            : await PredictAsync(model, patient, [.. subject.Documents, new ClinicalDocument("change", observations.RootElement)], asOf, tolerance, changes, deadline, cancellationToken);
        await AuditAsync(call, model, patient, changed, refusal, cancellationToken);
        return changed is null ? http.Fail(refusal!) : http.Fhir(FhirJson.ToUtf8(Compose(model, asOf, changes, unchanged!, changed)));
    }

    private static async ValueTask<(Prediction? Prediction, Failure? Failure)> PredictAsync(AssessableModel model, PatientKey patient, IReadOnlyList<ClinicalDocument> documents,
        DateTimeOffset asOf, TimeSpan tolerance, IReadOnlyList<WhatIfChange> changes, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var read = model.Reader.Read(new ReadingRequest { Documents = documents, Patient = patient, AsOf = asOf, ClockTolerance = tolerance });
        if (read.Timeline is not { } timeline)
            return (null, ErrorMap.From(read.Problems));
        // A change that did not arrive would be shown as one that does not matter.
        if (changes.FirstOrDefault(c => !c.IsIn(timeline)) is { } lost)
            return (null, new Failure(FailureCode.InvalidParameter, $"{lost.Variable.Title} cannot be changed in these data.", "Parameters.parameter.where(name='change')"));
        using var input = model.Model.Prepare(timeline);
        if (input.Abstention is { } abstention)
            return (null, ErrorMap.From(abstention));
        return await model.Model.PredictAsync(input, deadline, cancellationToken) switch
        {
            Prediction prediction => (prediction, null),
            Abstention late => (null, ErrorMap.From(late)),
            InferenceError error => (null, ErrorMap.From(error.Kind)),
            _ => throw new InvalidOperationException("Outcome is closed."),
        };
    }

    private async ValueTask AuditAsync(OperationCall call, AssessableModel model, PatientKey patient, Prediction? changed, Failure? refusal, CancellationToken cancellationToken) =>
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(call.Request, ids, time, "operation:" + Code) with
            {
                Service = model.Manifest.Id,
                Patient = patient,
                ModelId = model.Manifest.Id,
                ModelVersion = model.Manifest.Version,
                ModelHash = model.Model.Identity.Hash,
                InputHash = changed?.InputHash,
                Outcome = changed is null ? refusal!.Code == FailureCode.Abstained ? "abstention" : "error" : "what-if",
                Reasons = refusal is null ? "" : refusal.Code == FailureCode.Abstained ? string.Join(',', refusal.Issues.Select(i => i.ReasonCode)) : refusal.Code.ToString(),
                Status = refusal is null ? StatusCodes.Status200OK : ErrorMap.StatusOf(refusal.Code),
            },
        }, cancellationToken);

    private Parameters Compose(AssessableModel model, DateTimeOffset asOf, IReadOnlyList<WhatIfChange> changes, Prediction unchanged, Prediction changed)
    {
        var parameters = new Parameters { Meta = new Meta { Security = [AITransparency.Asserted()] } };
        parameters.Parameter.AddRange(
        [
            Value("notice", new FhirString(Notice)),
            Value("model", new ResourceReference(DeviceIds.Reference(model.Model.Identity, address.FhirBase), $"{model.Manifest.Title} {model.Manifest.Version}")),
            Value("asOf", new FhirDateTime(FhirTime.Format(asOf))),
        ]);
        foreach (var (variable, value) in changes)
        {
            parameters.Parameter.Add(Parts("change",
                Value("variable", new Code(variable.Id)),
                Value("title", new FhirString(variable.Title)),
                Value("value", new Quantity { Value = value, Unit = variable.Unit, System = "http://unitsofmeasure.org", Code = variable.Unit })));
        }
        foreach (var (before, after) in unchanged.Estimates.Zip(changed.Estimates))
        {
            parameters.Parameter.Add(Parts("estimate",
                Value("outcome", new CodeableConcept(before.Outcome.System, before.Outcome.Code, before.Outcome.Display, before.OutcomeText)),
                Value("unchanged", new FhirDecimal(before.Value.ToPercent())),
                Value("changed", new FhirDecimal(after.Value.ToPercent()))));
        }
        return parameters;
    }

    private static Parameters.ParameterComponent Parts(string name, params Parameters.ParameterComponent[] parts) => new() { Name = name, Part = [.. parts] };

    private static Parameters.ParameterComponent Value(string name, DataType value) => new() { Name = name, Value = value };
}
