using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Sources;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Operations.Cohorts;

/// <summary><c>Group/[id]/$assess-risk</c>: a risk for each member of a Group, as the files of a bulk manifest.</summary>
/// <remarks>An operation of its own: it answers in another form and on other terms than that for one patient (system scopes, later alone).</remarks>
public sealed class GroupAssessRiskOperation(CohortScoring scoring, AssessableModels models, GroupRecords groups, CallerTokens callers) : IFhirOperation
{
    /// <summary>Id of the definition; the code is that of the operation for one patient.</summary>
    public const string Id = "group-assess-risk";

    public OperationDeclaration Declaration { get; } = new()
    {
        Id = Id,
        Code = AssessRiskOperation.Code,
        Name = "GroupAssessRisk",
        Title = "Assess the risks of a Group",
        Description = "Estimates a risk for each member of a Group with one of the served models.",
        Comment = """
            Takes `Prefer: respond-async` alone. The status URL ends in a bulk manifest (application/json): RiskAssessments as NDJSON in `output`; in `error` an OperationOutcome for each member
            without one, with the coded reason, the model and, in the extension `outcome-subject`, the member. Members that are inactive are passed over. All are scored as of the same instant.
            """,
        Types = ["Group"],
        OnInstance = true,
        // It stores the RiskAssessments.
        AffectsState = true,
        OnlyAsync = true,
        // One patient's or one user's token must not reach a whole ward.
        Access = RoutePolicy.Of(new("Group", "r"), new("Patient", "r"), new("Observation", "rs"), new("RiskAssessment", "c")) with { SystemOnly = true },
        Inputs = [RiskModels.Input, RiskModels.AsOf],
        Outputs = [],
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
        var (members, unusable) = await MembersAsync(call, cancellationToken);
        if (members is null)
            return http.Fail(unusable!);
        if (await scoring.ScoreAsync(call, model, members, cancellationToken) is { } failure)
            return http.Fail(failure);
        return BulkManifest.Of(call.Job!, call.Received, callers.AreRequired, await call.Job!.Files.CountLinesAsync(cancellationToken));
    }

    /// <summary>The members when the job was begun: whoever joins or leaves the Group meanwhile changes nothing, also where a restart lies between.</summary>
    private async ValueTask<(IReadOnlyList<CohortMember>? Members, Failure? Failure)> MembersAsync(OperationCall call, CancellationToken cancellationToken)
    {
        var files = call.Job!.Files;
        if (await files.ReadPlanAsync(cancellationToken) is { } plan)
            return (JsonSerializer.Deserialize<CohortMember[]>(plan.Span), null);
        var (group, missing) = await groups.FindAsync(call.Id!, call.Request, cancellationToken);
        if (group is null)
            return (null, missing);
        var (members, unusable) = CohortMembers.Of(group);
        if (members is not null)
            await files.WritePlanAsync(JsonSerializer.SerializeToUtf8Bytes(members), cancellationToken);
        return (members, unusable);
    }
}
