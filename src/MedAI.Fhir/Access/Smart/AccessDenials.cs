using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Says 403 to a caller who is known and may not do what was asked, and audits it: no audit row, no answer but 503.</summary>
/// <remarks>
/// A request that names another patient is told so whether that patient exists or not; an id that is not of the caller's patient is as unknown as one that is not there (404).
/// </remarks>
public sealed class AccessDenials(IResourceStore store, IdSource ids, TimeProvider time)
{
    /// <summary>The token is good and gives too little (RFC 6750, 3.1).</summary>
    public async ValueTask<IResult> TooLittleScopeAsync(HttpContext http, IReadOnlyList<ScopeNeed> needs, string? type, bool systemOnly)
    {
        http.Response.Headers.WWWAuthenticate = """Bearer error="insufficient_scope" """.TrimEnd();
        string wanted = string.Join(", ", needs.Select(n => (n.Type is null ? n with { Type = type } : n).ToString()));
        return await DenyAsync(http, wanted.Length == 0 ? "The token gives nothing here." : $"The token's scopes must give {wanted}{(systemOnly ? " by system/ scopes" : "")}.");
    }

    /// <summary>The request is about somebody else than the patient that the token is restricted to.</summary>
    public ValueTask<IResult> OtherPatientAsync(HttpContext http) => DenyAsync(http, "The token is restricted to another patient.");

    /// <param name="text">Why; without patient data and without what the caller sent.</param>
    /// <param name="expression">Where, within a Bundle.</param>
    public async ValueTask<IResult> DenyAsync(HttpContext http, string text, string? expression = null)
    {
        var facts = RequestFacts.Of(http);
        await store.CommitAsync(new StoreTransaction
        {
            Audit = AuditRow.Of(facts, ids, time, AuditTrigger.Of(http)) with
            {
                Patient = facts.Access?.Patient,
                Outcome = "denied",
                Reasons = nameof(FailureCode.Forbidden),
                Status = StatusCodes.Status403Forbidden,
            },
        }, http.RequestAborted);
        return http.Fail(new Failure(FailureCode.Forbidden, text, expression));
    }
}
