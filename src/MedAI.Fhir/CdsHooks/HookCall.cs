using MedAI.Fhir.Auditing;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.CdsHooks;

/// <summary>A call of a service: its body read and bound, answered by the kind of model behind it, and the answer held to the specification before it is sent.</summary>
public sealed partial class HookCall(HookServices services, HookInvocation invocation, ImagingHookInvocation imaging, JsonBodyReader bodies, IResourceStore store, IdSource ids, TimeProvider time,
    ILogger<HookCall> log, FailureAudit failures)
{
    /// <param name="id">Id of the service.</param>
    public async Task<IResult> AnswerAsync(string id, HttpContext http, CancellationToken cancellationToken)
    {
        var facts = RequestFacts.Of(http);
        var service = services.Find(id, facts.Caller?.Name);
        if (service is null)
            return await FailAsync(http, new Failure(FailureCode.UnknownService));
        var (body, unreadable) = await bodies.ReadAsync(http.Request, cancellationToken);
        if (body is null)
            return await FailAsync(http, unreadable!);
        using (body)
        {
            var request = HookRequest.Read(body.Root);
            var (response, failure) = service switch
            {
                RiskHookService risk => await invocation.AnswerAsync(risk, request, facts, cancellationToken),
                ImagingHookService study => await imaging.AnswerAsync(study, request, facts, cancellationToken),
                _ => throw new InvalidOperationException("HookService is closed."),
            };
            if (response is null)
                return await FailAsync(http, failure!);
            if (CardRules.Problems(response) is { Count: > 0 } problems)
            {
                LogInvalidAnswer(facts.Id, id, string.Join("; ", problems));
                // The row that says what was computed stands; this one says that the clinician never saw it.
                await store.CommitAsync(new StoreTransaction
                {
                    Audit = AuditRow.Of(facts, ids, time, "cds-hooks:" + request.Hook) with
                    {
                        Service = id,
                        HookInstance = request.HookInstance,
                        Outcome = "error",
                        Reasons = FailureCode.AnswerInvalid.ToString(),
                        Status = StatusCodes.Status500InternalServerError,
                    },
                }, cancellationToken);
                return http.Fail(new Failure(FailureCode.AnswerInvalid), AnswerTo.Hook);
            }
            return new HookAnswer(response);
        }
    }

    private async ValueTask<IResult> FailAsync(HttpContext http, Failure failure)
    {
        try
        {
            await failures.WriteAsync(http, failure.Code);
        }
        catch (StoreUnavailableException)
        {
            failure = new Failure(FailureCode.StoreUnavailable);
        }
        return http.Fail(failure, AnswerTo.Hook);
    }

    [LoggerMessage(2010, LogLevel.Error, "Answer {Request} of {Service} was not sent: {Problems}")]
    private partial void LogInvalidAnswer(string request, string service, string problems);
}
