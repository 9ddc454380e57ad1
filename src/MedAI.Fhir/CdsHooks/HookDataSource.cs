using System.Runtime.CompilerServices;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>What a hook brought along, and what had to be had for it; dispose when nothing of it is used any more.</summary>
public sealed class HookData : IDisposable
{
    private List<IDisposable>? _owners;

    public List<ClinicalDocument> Documents { get; } = [];

    /// <summary>Prefetch keys that nobody could fill, with the reason.</summary>
    public List<(string Key, EhrError Reason)> Missing { get; } = [];

    /// <summary>True when our own store gave the record.</summary>
    public bool FromStore { get; internal set; }

    /// <summary>What stops the request: a key that the service needs could not be filled; null when all is there.</summary>
    public Failure? Failure => Missing.Exists(m => !PrefetchTemplates.IsOptional(m.Key)) ? Unavailable() : null;

    /// <summary>Every missing key with its reason.</summary>
    public Failure Unavailable()
    {
        var code = Missing.Exists(m => m.Reason == EhrError.Late) ? FailureCode.DataLate
            : Missing.TrueForAll(m => m.Reason == EhrError.PagesUnusable) ? FailureCode.DataIncomplete
            : FailureCode.DataUnavailable;
        return new Failure(code, [.. Missing.Select(m => new FailureIssue(TextOf(m.Reason), "$.prefetch." + m.Key))]);
    }

    internal void Own(IDisposable owner) => (_owners ??= []).Add(owner);

    public void Dispose()
    {
        foreach (var owner in _owners ?? [])
            owner.Dispose();
    }

    private static string TextOf(EhrError reason) => "This prefetch value is needed and cannot be had otherwise: " + reason switch
    {
        EhrError.Untrusted => "fhirServer is missing, or not one that this server asks for this client.",
        EhrError.NotAllowed => "the access token is expired or its scopes do not reach that far.",
        EhrError.Late => "fhirServer did not give it in time.",
        EhrError.PagesUnusable => "its further pages cannot be followed.",
        _ => "fhirServer did not give it.",
    };
}

/// <summary>Takes what a hook brought along, completes it from our store or from the EHR, and asks for nothing when nothing is missing.</summary>
public sealed class HookDataSource(StoredRecordSource stored, EhrSource ehr, IOptions<EhrOptions> options, TimeProvider time)
{
    /// <param name="asOf">Instant of the score; what the model cannot use before it is not asked for.</param>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HookData> GatherAsync(HookService service, BoundHook hook, RequestFacts facts, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var data = new HookData();
        try
        {
            List<EhrSearch>? searches = null;
            // Keys of which a part came along; the value where its next pages complete it.
            Dictionary<string, JsonElement?>? parts = null;
            foreach (var (key, template) in service.PrefetchOf(hook.Request.Hook!))
            {
                if (!hook.Request.Prefetch.TryGetValue(key, out var value))
                    (searches ??= []).AddRange(service.SearchesFor(key, template, hook.Request, asOf));
                else if (value.ValueKind == JsonValueKind.Null)
                    // The client says that there are no data.
                    continue;
                else if (!service.ReadsAllPages)
                    data.Documents.Add(new ClinicalDocument("prefetch." + key, value));
                else if (EhrSource.NextPage(value) is { } next)
                {
                    (parts ??= new(StringComparer.Ordinal)).Add(key, value);
                    (searches ??= []).Add(new EhrSearch(key, HookService.Resolve(template, hook.Request), next));
                }
                else if (IsPart(value, template))
                {
                    (parts ??= new(StringComparer.Ordinal)).Add(key, null);
                    (searches ??= []).AddRange(service.SearchesFor(key, template, hook.Request, asOf));
                }
                else
                    data.Documents.Add(new ClinicalDocument("prefetch." + key, value));
            }
            if (searches is null)
                return data;
            if (hook.MayUseStore && await stored.FindAsync(hook.Patient.Id, cancellationToken) is { } found)
            {
                data.Own(found.Owner);
                data.Documents.Add(found.Document);
                // The record is whole, also where only a part of a key came along.
                data.FromStore = true;
                return data;
            }
            await FetchAsync(data, searches, parts ?? [], hook, facts, cancellationToken);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private async ValueTask FetchAsync(HookData data, List<EhrSearch> searches, Dictionary<string, JsonElement?> parts, BoundHook hook, RequestFacts facts, CancellationToken cancellationToken)
    {
        if (hook.Request.FhirServer is null)
        {
            foreach (string key in searches.Select(s => s.Key).Distinct(StringComparer.Ordinal))
                data.Missing.Add((key, parts.ContainsKey(key) ? EhrError.PagesUnusable : EhrError.Untrusted));
            return;
        }
        var record = await ehr.FetchAsync(new EhrWish(hook.Patient.FhirBase, facts.Caller?.FhirOrigins, hook.Access, searches, time.GetUtcNow().AddMilliseconds(options.Value.FetchMilliseconds)), cancellationToken);
        data.Own(record);
        foreach (var answers in record.Answers.GroupBy(a => a.Search.Key, StringComparer.Ordinal))
        {
            if (answers.FirstOrDefault(a => a.Error is not null) is { Error: { } error })
            {
                data.Missing.Add((answers.Key, parts.ContainsKey(answers.Key) && error is (EhrError.Untrusted or EhrError.NotAllowed) ? EhrError.PagesUnusable : error));
                continue;
            }
            foreach (var answer in answers)
            {
                data.Documents.Add(parts.GetValueOrDefault(answers.Key) is { } first
                    ? new ClinicalDocument("prefetch." + answers.Key, first) { MorePages = answer.Pages }
                    : new ClinicalDocument("fetched." + answers.Key, answer.Pages[0]) { MorePages = [.. answer.Pages.Skip(1)], Searched = true, NewestOnly = !answer.Search.AllPages });
            }
        }
    }

    /// <summary>True where fewer matches came than there are, or as many as were asked for and nobody says that these are all.</summary>
    private static bool IsPart(JsonElement value, string template)
    {
        if (!FhirJson.Is(FhirJson.Member(value, "resourceType"u8), "Bundle"u8) || CountOf(template) is not { } count)
            return false;
        int matches = 0;
        foreach (var entry in FhirJson.Items(FhirJson.Member(value, "entry"u8)))
        {
            var mode = FhirJson.Member(FhirJson.Member(entry, "search"u8), "mode"u8);
            if (mode.ValueKind == JsonValueKind.Undefined || FhirJson.Is(mode, "match"u8))
                matches++;
        }
        bool saysAll = FhirJson.TryNumber(FhirJson.Member(value, "total"u8), out double total);
        return saysAll ? matches < total : matches >= count;
    }

    private static int? CountOf(string template)
    {
        int at = template.IndexOf("_count=", StringComparison.Ordinal);
        return at >= 0 && int.TryParse(template.AsSpan(at + 7), System.Globalization.CultureInfo.InvariantCulture, out int count) ? count : null;
    }
}
