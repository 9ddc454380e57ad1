using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Auditing;

/// <summary>Writes the audit row of a request about patients that ends in a failure, where nobody wrote one: whoever tries is seen, whatever came of it.</summary>
public sealed class FailureAudit(IResourceStore store, PublicAddress address, IdSource ids, TimeProvider time)
{
    /// <summary>Writes the row unless the request has one. Nothing for what says nothing about patients: discovery, conformance, model cards.</summary>
    /// <exception cref="StoreUnavailableException">No audit row, no answer but 503.</exception>
    public async ValueTask WriteAsync(HttpContext http, FailureCode code, string? trigger = null)
    {
        var facts = RequestFacts.Of(http);
        if (facts.IsAudited || !IsAboutPatients(http) || code == FailureCode.StoreUnavailable)
            return;
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(facts, ids, time, trigger ?? AuditTrigger.Of(http)) with
            {
                Patient = facts.Access?.Only ?? Named(http, facts),
                Outcome = "error",
                Reasons = code.ToString(),
                ResultType = http.GetRouteValue("id") is null ? null : AuditTrigger.TypeOf(http),
                ResultId = http.GetRouteValue("id") is string id && http.Asks() == AnswerTo.Fhir && FhirId.IsValid(id) ? id : null,
                Status = ErrorMap.StatusOf(code, http.Asks()),
            },
        }, CancellationToken.None);
    }

    private static bool IsAboutPatients(HttpContext http) => http.GetEndpoint() is { } endpoint
        && (endpoint.Metadata.GetMetadata<RoutePolicy>() is { IsOpen: false } || endpoint.Metadata.GetMetadata<AboutPatients>() is not null);

    private PatientKey? Named(HttpContext http, RequestFacts facts) =>
        AuditTrigger.TypeOf(http) == "Patient" && http.GetRouteValue("id") is string id && FhirId.IsValid(id) ? new PatientKey(facts.Tenant, address.FhirBase, id) : null;
}

/// <summary>Marks an endpoint besides those of FHIR whose failures are audited.</summary>
public sealed class AboutPatients;

/// <summary>Audits the failures of FHIR endpoints.</summary>
public sealed class FailureAuditFilter(FailureAudit audit) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        object? result = await next(context);
        if (result is FailureResult failure)
            await audit.WriteAsync(context.HttpContext, failure.Failure.Code);
        return result;
    }
}
