using System.Globalization;
using Hl7.Fhir.Model;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Operations;

/// <summary><c>$explain</c>: what stands behind a stored RiskAssessment, variable by variable, with the resources that fed it.</summary>
/// <remarks>Read from what was stored with the result and never computed again: an explanation of last year does not change when a model does.</remarks>
public sealed class ExplainOperation(IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time) : IFhirOperation
{
    public const string Code = "explain";

    private const string Ucum = "http://unitsofmeasure.org";

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "Explain",
        Title = "Explain a stored risk",
        Description = "Returns the contributions behind a stored RiskAssessment, as they were stored with it.",
        Comment = "The contributions say what moved the model's estimate, in falling order. They are not causes and not treatment targets.",
        Types = ["RiskAssessment"],
        OnInstance = true,
        AffectsState = false,
        Access = RoutePolicy.ForType("RiskAssessment", "r"),
        Inputs = [new("top", 0, "1", FHIRAllTypes.Integer, "How many contributions to return, the largest first. Default: all.")],
        Outputs =
        [
            new("result", 1, "1", FHIRAllTypes.Reference, "The RiskAssessment."),
            new("model", 1, "1", FHIRAllTypes.Reference, "The Device that stands for the version of the model."),
            new("asOf", 1, "1", FHIRAllTypes.DateTime, "The instant of the estimate."),
            new("method", 1, "1", FHIRAllTypes.Code, "How contributions were found."),
            new("caution", 1, "1", FHIRAllTypes.String, "What a reader must not conclude."),
            new("contribution", 0, "*", null, "One per variable.")
            {
                Parts =
                [
                    new("variable", 1, "1", FHIRAllTypes.Code, "Id of the model's variable."),
                    new("title", 1, "1", FHIRAllTypes.String, "Its name."),
                    new("kind", 1, "1", FHIRAllTypes.Code, "measurement, treatment, demographic, missingness."),
                    new("direction", 1, "1", FHIRAllTypes.Code, "raised, lowered, none."),
                    new("logOdds", 1, "1", FHIRAllTypes.Decimal, "Log-odds of the estimate minus log-odds with the variable neutralised."),
                    new("value", 0, "1", FHIRAllTypes.Quantity, "Its newest value."),
                    new("effective", 0, "1", FHIRAllTypes.DateTime, "When that was measured."),
                    new("source", 0, "*", FHIRAllTypes.Reference, "What fed it, oldest first, in its version where it is known."),
                ],
            },
        ],
    };

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => true;

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => [];

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        var http = call.Http;
        int top = call.Inputs.Integer("top") ?? int.MaxValue;
        if (top < 1)
            return http.Fail(new Failure(FailureCode.InvalidParameter, "top is a number from 1 on.", call.Inputs.Find("top")!.Place));
        var resource = await store.ReadAsync("RiskAssessment", call.Id!, null, cancellationToken);
        if (resource is null || !call.Request.MaySee(resource.Tenant))
            return http.Fail(new Failure(FailureCode.NotFound));
        if (resource.Deleted)
            return http.Fail(new Failure(FailureCode.Gone));
        if (await store.ReadResultAsync(call.Id!, cancellationToken) is not { } stored)
            return http.Fail(new Failure(FailureCode.NotFound, "No explanation was stored with this resource; that of a finding lies in its report."));
        var detail = ResultDetailJson.Read(stored.Detail);
        // No audit row, no answer: the explanation holds the patient's values.
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(call.Request, ids, time, "operation:" + Code) with
            {
                Outcome = "read",
                Patient = ReadAudit.KeyOf(resource, call.Request, address.FhirBase),
                ResultType = "RiskAssessment",
                ModelId = detail.Model.Id,
                ModelVersion = detail.Model.Version,
                ModelHash = detail.Model.Hash,
                ResultId = call.Id,
                Status = StatusCodes.Status200OK,
            },
        }, cancellationToken);
        http.Response.Headers.CacheControl = "private, no-cache";
        return http.Fhir(FhirJson.ToUtf8(Compose(detail, top)));
    }

    private Parameters Compose(ResultDetail detail, int top)
    {
        var model = new ModelIdentity(detail.Model.Id, detail.Model.Version, detail.Model.Hash);
        var parameters = new Parameters { Meta = new Meta { Security = [AITransparency.Asserted()] } };
        parameters.Parameter.AddRange(
        [
            Value("result", new ResourceReference($"{address.FhirBase}/RiskAssessment/{detail.ResultId}")),
            Value("model", new ResourceReference(DeviceIds.Reference(model, address.FhirBase), $"{detail.Model.Title} {detail.Model.Version}")),
            Value("asOf", new FhirDateTime(FhirTime.Format(detail.Window.AsOf))),
            Value("method", new Code(detail.Explanation.Method)),
            Value("caution", new FhirString(ResultWording.NotCauses)),
        ]);
        parameters.Parameter.AddRange(detail.Explanation.Contributions.Take(top).Select(Contribution));
        return parameters;
    }

    private static Parameters.ParameterComponent Contribution(ContributionDetail contribution)
    {
        var one = new Parameters.ParameterComponent { Name = "contribution" };
        one.Part.AddRange(
        [
            Value("variable", new Code(contribution.Id)),
            Value("title", new FhirString(contribution.Title)),
            Value("kind", new Code(contribution.Kind)),
            Value("direction", new Code(contribution.LogOdds switch { > 0 => "raised", < 0 => "lowered", _ => "none" })),
            Value("logOdds", new FhirDecimal(Math.Round((decimal)contribution.LogOdds, 6))),
        ]);
        if (contribution.Value is { } value)
            one.Part.Add(Value("value", new Quantity { Value = decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture), Unit = contribution.Unit, System = Ucum, Code = contribution.Unit }));
        if (contribution.Effective is { } effective)
            one.Part.Add(Value("effective", new FhirDateTime(FhirTime.Format(effective))));
        one.Part.AddRange(contribution.Sources.Select(source => Value("source", new ResourceReference(source))));
        return one;
    }

    private static Parameters.ParameterComponent Value(string name, DataType value) => new() { Name = name, Value = value };
}
