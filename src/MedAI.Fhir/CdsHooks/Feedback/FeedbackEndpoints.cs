using System.Globalization;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.CdsHooks.Feedback;

/// <summary>What clinicians did with cards: <c>POST /cds-services/{id}/feedback</c>, and <c>GET /feedback/summary</c> of it.</summary>
public static class FeedbackEndpoints
{
    public const string SummaryPath = "/feedback/summary";

    /// <summary>Length of the summary's period where none is asked for.</summary>
    private static readonly TimeSpan UsualPeriod = TimeSpan.FromDays(30);

    /// <param name="services">The group of the hook endpoints.</param>
    public static void MapFeedback(this RouteGroupBuilder services) => services.MapPost("/{id}/feedback", TakeAsync);

    public static void MapFeedbackSummary(this IEndpointRouteBuilder routes) =>
        routes.MapGet(SummaryPath, SummariseAsync).AddEndpointFilter(routes.ServiceProvider.GetRequiredService<ClientFilter>()).WithMetadata(new NeedsFeedbackRight());

    /// <remarks>Feedback on cards that we sent is stored even where other entries name cards that we did not; sending all of it again changes nothing.</remarks>
    private static async Task<IResult> TakeAsync(string id, HttpContext http, HookServices services, IResourceStore store, JsonBodyReader bodies, IdSource ids, TimeProvider time,
        CancellationToken cancellationToken)
    {
        // A service whose model is gone still had cards.
        var (body, unreadable) = await bodies.ReadAsync(http.Request, cancellationToken);
        if (body is null)
            return http.Fail(unreadable!, AnswerTo.Hook);
        using (body)
        {
            var (rows, invalid) = FeedbackRequest.Read(body.Root, time.GetUtcNow());
            if (rows is null)
                return http.Fail(invalid!, AnswerTo.Hook);
            var facts = RequestFacts.Of(http);
            try
            {
                // A card of another client is as unknown as one that never was.
                var known = new List<FeedbackRow>(rows.Count);
                var unknown = new List<FailureIssue>();
                for (int i = 0; i < rows.Count; i++)
                {
                    if (await store.FindCardAsync(rows[i].Card, cancellationToken) is { } card && card.Service == id && facts.MaySee(card.Tenant))
                        known.Add(rows[i]);
                    else
                        unknown.Add(new FailureIssue("This service sent no such card.", string.Create(CultureInfo.InvariantCulture, $"$.feedback[{i}].card")));
                }
                if (known.Count == 0 && services.Find(id, facts.Caller?.Name) is null)
                    return http.Fail(new Failure(FailureCode.UnknownService), AnswerTo.Hook);
                await store.CommitAsync(new StoreTransaction
                {
                    Feedback = known,
                    Audit = AuditRow.Of(facts, ids, time, "cds-hooks:feedback") with
                    {
                        Service = id,
                        Outcome = known.Count > 0 ? "feedback" : "error",
                        Reasons = unknown.Count > 0 ? nameof(FailureCode.UnknownCard) : "",
                        Cards = known.Count == 0 ? null : string.Join(',', known.Select(k => k.Card).Distinct(StringComparer.Ordinal)),
                        Status = unknown.Count > 0 ? ErrorMap.StatusOf(FailureCode.UnknownCard) : StatusCodes.Status200OK,
                    },
                }, cancellationToken);
                return unknown.Count > 0
                    ? http.Fail(new Failure(FailureCode.UnknownCard, unknown), AnswerTo.Hook)
                    : TypedResults.Json(new FeedbackAnswer(known.Count), FeedbackJson.Default.FeedbackAnswer);
            }
            catch (StoreUnavailableException)
            {
                return http.Fail(new Failure(FailureCode.StoreUnavailable), AnswerTo.Hook);
            }
        }
    }

    private static async Task<IResult> SummariseAsync(HttpContext http, IResourceStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var issues = new List<FailureIssue>();
        var to = Instant(http.Request.Query, "to", issues) ?? time.GetUtcNow();
        var from = Instant(http.Request.Query, "from", issues) ?? to - UsualPeriod;
        if (issues.Count == 0 && from >= to)
            issues.Add(new FailureIssue("from lies before to.", "http.from"));
        if (issues.Count > 0)
            return http.Fail(new Failure(FailureCode.InvalidParameter, issues), AnswerTo.Hook);
        try
        {
            var counts = await store.CountFeedbackAsync(from, to, cancellationToken);
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Json(new FeedbackSummary(from, to, [.. counts.Select(Summary)]), FeedbackJson.Default.FeedbackSummary);
        }
        catch (StoreUnavailableException)
        {
            return http.Fail(new Failure(FailureCode.StoreUnavailable), AnswerTo.Hook);
        }
    }

    private static ServiceSummary Summary(FeedbackCount count)
    {
        int said = count.Accepted + count.Overridden;
        return new ServiceSummary(count.Service, count.ModelVersion, count.Cards, count.Accepted, count.Overridden, count.Cards - said,
            said == 0 ? null : (double)count.Accepted / said, said == 0 ? null : (double)count.Overridden / said,
            count.Reasons.Count == 0 ? null : [.. count.Reasons.Select(r => new ReasonSummary(OrNull(r.System), OrNull(r.Code), OrNull(r.Display), r.Count))]);
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static DateTimeOffset? Instant(IQueryCollection query, string name, List<FailureIssue> issues)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values is [{ } text] && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant))
            return instant;
        issues.Add(new FailureIssue($"{name} is one date, or date and time, like 2026-03-02 or 2026-03-02T08:00:00Z.", "http." + name));
        return null;
    }
}
