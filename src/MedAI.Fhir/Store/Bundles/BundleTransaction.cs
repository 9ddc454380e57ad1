using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Writes;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Store.Bundles;

/// <summary>Does all that a transaction asks, in one transaction of the store, or nothing.</summary>
/// <remarks>
/// Each write goes through its own route first, as far as the decision: scopes, content, conditions. Then references are resolved, and all is written at once if the store is still as it
/// was when it was decided on; else everything is decided anew. Reads are answered afterwards; those that cannot be answered are found before anything is written.
/// </remarks>
public sealed class BundleTransaction(EntryDispatch dispatch, ClientWrites writes, IResourceStore store, AccessDenials denials, FailureAudit failures, PublicAddress address, TimeProvider time)
{
    /// <summary>The order of R4 (http.html 3.1.0.11.2). A PATCH is told by its route that there is none.</summary>
    private static readonly string[] Order = ["DELETE", "POST", "PUT", "PATCH"];

    internal async Task<IResult> AnswerAsync(IReadOnlyList<JsonElement> sent, HttpContext http, CancellationToken cancellationToken)
    {
        var entries = new BundleEntry[sent.Count];
        for (int i = 0; i < sent.Count; i++)
        {
            var (entry, failure) = BundleEntry.Read(sent[i], i, address.FhirBase);
            if ((failure ?? Refusal(entry!)) is { } refusal)
                return http.Fail(refusal);
            entries[i] = entry!;
        }
        if (Twice(entries) is { } twice)
            return http.Fail(twice);

        bool writing = entries.Any(e => e.Writes);
        var answers = new EntryAnswer[entries.Length];
        long bytes = 0;
        for (int attempt = 0; attempt < ClientWrites.MostAttempts; attempt++)
        {
            var (written, failed) = await TryAsync(entries, checkReads: writing && attempt == 0, http, cancellationToken);
            if (failed is not null)
                return failed;
            if (written is null)
                continue;
            var preference = ReturnPreferences.Of(http.Request);
            foreach (var (index, answer) in written)
                answers[index] = AnswerOf(answer, preference);
            for (int i = 0; i < entries.Length; i++)
            {
                if (entries[i].Writes)
                    continue;
                answers[i] = await dispatch.AskAsync(entries[i], http, pending: null);
                // Where nothing was written nothing need be undone.
                if (!writing && answers[i].IsFailure)
                    return await FailedAsync(entries[i], answers[i], http);
                if (!writing && (bytes += answers[i].Json.Length) > BundleEndpoints.MostAnswerBytes)
                    return http.Fail(TooMuch(entries[i]));
            }
            http.Response.Headers.CacheControl = "no-store";
            return http.Fhir(ResponseBundle.Write("transaction-response", answers));
        }
        return http.Fail(new Failure(FailureCode.EditConflict));
    }

    /// <summary>Decides on every write and does them.</summary>
    /// <returns>What was written; null where the store changed meanwhile, or the answer that says what is wrong.</returns>
    private async ValueTask<(List<(int Index, WriteAnswer Answer)>? Written, IResult? Failed)> TryAsync(BundleEntry[] entries, bool checkReads, HttpContext http, CancellationToken cancellationToken)
    {
        var plans = new List<(int Index, WritePlan Plan)>();
        foreach (string method in Order)
        {
            for (int i = 0; i < entries.Length; i++)
            {
                if (entries[i].Method != method)
                    continue;
                var pending = new PendingWrites();
                var answer = await dispatch.AskAsync(entries[i], http, pending);
                if (answer.IsFailure)
                    return (null, await FailedAsync(entries[i], answer, http));
                if (pending.Plan is not { } plan)
                    return (null, http.Fail(NotATransaction(entries[i])));
                plans.Add((i, plan));
            }
        }
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, plan) in plans)
        {
            if (plan.Existing is null && !written.Add(plan.Reference))
                return (null, http.Fail(SameTwice(entries[index])));
        }

        var meanings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, plan) in plans)
        {
            if (entries[index].FullUrl is { } fullUrl && plan.Ask.Kind != WriteKind.Delete)
                meanings[fullUrl] = plan.Reference;
        }
        if (checkReads && await UnreadableAsync(entries, written, http) is { } unreadable)
            return (null, unreadable);
        if (plans.Count == 0)
            return ([], null);
        var searched = await ResolveSearchesAsync(plans, meanings, cancellationToken);
        var prepared = new List<PreparedWrite>(plans.Count);
        foreach (var (index, plan) in plans)
        {
            if (searched.Failed.GetValueOrDefault(index) is { } unresolved)
                return (null, http.Fail(unresolved with { Issues = [.. unresolved.Issues.Select(issue => issue with { Expression = entries[index].Place })] }));
            var references = WrittenReferences.InBundle(address.FhirBase, meanings, SenderOf(entries[index], plan.Ask.Type));
            var (write, failure) = await writes.PrepareAsync(plan, references, cancellationToken);
            if (write is null)
                return (null, await FailAsync(failure!, entries[index], http));
            prepared.Add(write);
        }
        var expected = ClientWrites.StoreExpectationOf([.. plans.Select(p => p.Plan)]);
        expected = expected with { Matches = [.. expected.Matches, .. searched.Matches] };
        return await writes.CommitAsync(prepared, expected, cancellationToken) ? ([.. plans.Select((p, i) => (p.Index, prepared[i].Answer))], null) : (null, null);
    }

    /// <summary>Reads that cannot be answered whatever is written: told before anything is.</summary>
    private async ValueTask<IResult?> UnreadableAsync(BundleEntry[] entries, HashSet<string> written, HttpContext http)
    {
        long bytes = 0;
        foreach (var entry in entries.Where(e => !e.Writes))
        {
            // What the transaction itself writes is not there yet.
            if (written.Contains(string.Join('/', entry.Path.Split('/').Take(2))))
                continue;
            var answer = await dispatch.AskAsync(entry, http, pending: null);
            if (answer.IsFailure)
                return await FailedAsync(entry, answer, http);
            if ((bytes += answer.Json.Length) > BundleEndpoints.MostAnswerBytes)
                return http.Fail(TooMuch(entry));
        }
        return null;
    }

    /// <summary>Finds what references by search mean, and adds it to the meanings.</summary>
    private async ValueTask<(List<ExpectedMatches> Matches, Dictionary<int, Failure> Failed)> ResolveSearchesAsync(List<(int Index, WritePlan Plan)> plans, Dictionary<string, string> meanings, CancellationToken cancellationToken)
    {
        var matches = new List<ExpectedMatches>();
        var failed = new Dictionary<int, Failure>();
        foreach (var (index, plan) in plans)
        {
            foreach (string reference in FhirJson.References(plan.Ask.Resource).Distinct(StringComparer.Ordinal))
            {
                if (meanings.ContainsKey(reference) || WrittenReferences.SearchOf(reference) is not { } type || !ResourceEndpoints.DemoTypes.Contains(type))
                    continue;
                var scope = AccessScope.Of(plan.Ask.Facts, address.FhirBase);
                if (WriteConditions.Query(reference, type, scope, address.FhirBase, time.GetUtcNow()) is not { } query || plan.Ask.Facts.Access?.ReachOf(new ScopeNeed(type, "s")) == Reach.None)
                    continue;
                var found = (await store.SearchAsync(query, cancellationToken)).Matches;
                if (found.Count == 1)
                    meanings[reference] = $"{type}/{found[0].Id}";
                else
                    failed.TryAdd(index, new Failure(FailureCode.PreconditionFailed, found.Count == 0 ? "A reference by search means nothing that is here." : "A reference by search means several resources."));
                matches.Add(new ExpectedMatches(query, [.. found.Select(f => f.Id)]));
            }
        }
        return (matches, failed);
    }

    private static Failure? Refusal(BundleEntry entry)
    {
        if (entry.Operates || entry.Path.EndsWith("/_search", StringComparison.Ordinal))
            return NotATransaction(entry);
        return entry.Writes && entry.Method != "DELETE" && entry.Resource.ValueKind == JsonValueKind.Undefined
            ? new Failure(FailureCode.MalformedRequest, "What is to be stored is missing.", entry.Place + ".resource")
            : null;
    }

    private static Failure TooMuch(BundleEntry entry) => new(FailureCode.TooManyResources, "What the reads of this transaction give is more than one answer holds; ask them in several.", entry.Place);

    private static Failure NotATransaction(BundleEntry entry) =>
        new(FailureCode.NotInBundle, "A transaction creates, updates, deletes and reads. What an operation computes cannot be undone: ask it in a batch, or by itself.", entry.Place);

    /// <summary>Two entries with the same fullUrl, for the same resource, or under the same condition: nobody could say which counts.</summary>
    private static Failure? Twice(BundleEntry[] entries)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(e => e.Writes))
        {
            if (entry.FullUrl is { } fullUrl && entry.Method != "DELETE" && !named.Add(fullUrl))
                return new Failure(FailureCode.MalformedRequest, "Another entry has the same fullUrl.", entry.Place + ".fullUrl");
            if (entry.Method is "PUT" or "DELETE" && !named.Add($"\0{entry.Path}"))
                return SameTwice(entry);
            if (entry.Conditions.FirstOrDefault(c => c.Name == "If-None-Exist").Value is { } condition && !named.Add($"\0{entry.Path}?{condition}"))
                return SameTwice(entry);
        }
        return null;
    }

    private static Failure SameTwice(BundleEntry entry) => new(FailureCode.MalformedRequest, "Another entry is about the same resource.", entry.Place);

    /// <summary>Base of the server under which the entry's resource is known where it came from; null where its fullUrl names none.</summary>
    private static string? SenderOf(BundleEntry entry, string type) =>
        entry.FullUrl is { } fullUrl && fullUrl.StartsWith("http", StringComparison.Ordinal) && fullUrl.LastIndexOf($"/{type}/", StringComparison.Ordinal) is > 0 and var at ? fullUrl[..at] : null;

    private EntryAnswer AnswerOf(WriteAnswer answer, ReturnPreference preference) =>
        new(answer.Status, preference is ReturnPreference.None or ReturnPreference.Representation ? answer.Resource?.Json ?? default : default)
        {
            ETag = answer.ETag,
            Location = answer.Resource is null ? null : answer.PlaceBelow(address.FhirBase),
            LastModified = answer.LastUpdated,
        };

    private async ValueTask<IResult> FailAsync(Failure failure, BundleEntry entry, HttpContext http) => failure.Code == FailureCode.Forbidden
        ? await denials.DenyAsync(http, failure.Issues[0].Text, entry.Place)
        : http.Fail(failure with { Issues = failure.Issues.Count == 0 ? [new FailureIssue("", entry.Place)] : [.. failure.Issues.Select(i => i with { Expression = entry.Place })] });

    /// <summary>What an entry was refused with, as the answer to all.</summary>
    private async ValueTask<IResult> FailedAsync(BundleEntry entry, EntryAnswer answer, HttpContext http)
    {
        // Most entries have their row; where there is no such route, nobody has written one.
        if (answer.IsAudited)
            RequestFacts.Of(http).IsAudited = true;
        else
            await failures.WriteAsync(http, answer.Status == StatusCodes.Status404NotFound ? FailureCode.NotFound : FailureCode.MethodNotAllowed);
        if (answer.Json.IsEmpty || JsonNode.Parse(answer.Json.Span) is not JsonObject outcome || outcome["issue"] is not JsonArray issues)
            return Results.StatusCode(answer.Status);
        foreach (var issue in issues.OfType<JsonObject>())
        {
            // The entry first; then, where it is known, the place in its resource.
            string[] places = issue["expression"] is JsonArray old ? [.. old.Select(e => (string?)e).OfType<string>()] : [];
            issue["expression"] = new JsonArray([entry.Place, .. places]);
        }
        http.Response.Headers.CacheControl = "no-store";
        return new FhirResult(System.Text.Encoding.UTF8.GetBytes(outcome.ToJsonString())) { StatusCode = answer.Status };
    }
}
