using System.Text.Json;
using Hl7.Fhir.Model;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Conformance.Validation;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Models.Packages;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Operations;

/// <summary><c>$validate</c>: judges a resource, given or stored, against R4, the profiles that it claims and one that the caller names.</summary>
/// <remarks>The answer is 200 with an OperationOutcome, faults or none (R4, resource-operation-validate.html): the request succeeded. Its texts may quote the resource.</remarks>
public sealed class ValidateOperation(ResourceValidation validation, IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time) : IFhirOperation
{
    public const string Code = "validate";

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "Validate",
        Title = "Validate a resource",
        Description = "Judges a resource against FHIR R4 and profiles.",
        Comment = """
            On the system and on a type `resource` is required; on a type it must be of that type. On an instance the stored resource is judged where none is given.
            Structure, cardinalities, invariants and terminology of R4 4.0.1 and of this server's profiles are looked at. A profile that is not known here is a warning, and an error
            where it was asked for. References are not followed.
            """,
        Types = ResourceEndpoints.AuthoredTypes,
        OnSystem = true,
        OnType = true,
        OnInstance = true,
        AffectsState = false,
        Access = RoutePolicy.Of(ScopeNeed.OfInstance("r")),
        Bare = "resource",
        Inputs =
        [
            new("resource", 0, "1", FHIRAllTypes.Resource, "The resource to judge."),
            new("profile", 0, "1", FHIRAllTypes.Uri, "Canonical URL of a profile to hold it to."),
        ],
        Outputs = [new("return", 1, "1", FHIRAllTypes.OperationOutcome, "What was found; one informational issue where nothing was.")],
    };

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => true;

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => [];

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        string? profile = call.Inputs.Text("profile");
        if (call.Inputs.Find("resource") is { } given)
            return await AnswerAsync(call, given.Value, profile, Mismatches(call, given.Value), cancellationToken);
        if (call.Id is null)
            return call.Http.Fail(new Failure(FailureCode.MissingParameter, "resource is required on this level.", "Parameters.parameter.where(name='resource')"));

        var stored = await store.ReadAsync(call.Type!, call.Id, null, cancellationToken);
        if (stored is null || !call.Request.MaySee(stored.Tenant))
            return call.Http.Fail(new Failure(FailureCode.NotFound));
        if (stored.Deleted)
            return call.Http.Fail(new Failure(FailureCode.Gone));
        // What is found may quote the resource: it was read.
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(call.Request, ids, time, "operation:" + Code) with { Outcome = "read", Patient = ReadAudit.KeyOf(stored, call.Request, address.FhirBase), ResultType = call.Type, ResultId = call.Id, Status = StatusCodes.Status200OK },
        }, cancellationToken);
        using var document = JsonDocument.Parse(stored.Json);
        return await AnswerAsync(call, document.RootElement, profile, [], cancellationToken);
    }

    private async ValueTask<IResult> AnswerAsync(OperationCall call, JsonElement resource, string? profile, IReadOnlyList<OperationOutcome.IssueComponent> before, CancellationToken cancellationToken)
    {
        var (outcome, failure) = await validation.JudgeAsync(resource, profile, before, cancellationToken);
        return outcome is null ? call.Http.Fail(failure!) : call.Http.Fhir(outcome);
    }

    private static List<OperationOutcome.IssueComponent> Mismatches(OperationCall call, JsonElement resource)
    {
        var issues = new List<OperationOutcome.IssueComponent>();
        if (call.Type is not null && FhirJson.String(FhirJson.Member(resource, "resourceType"u8)) != call.Type)
            issues.Add(Mismatch($"The address says {call.Type}; the resource is of another type.", "resourceType"));
        if (call.Id is not null && FhirJson.String(FhirJson.Member(resource, "id"u8)) != call.Id)
            issues.Add(Mismatch("The id of the resource is not that of the address.", "id"));
        return issues;
    }

    private static OperationOutcome.IssueComponent Mismatch(string text, string where) => new()
    {
        Severity = OperationOutcome.IssueSeverity.Error,
        Code = OperationOutcome.IssueType.Invalid,
        Details = new CodeableConcept { Text = text },
        Expression = [where],
    };
}
