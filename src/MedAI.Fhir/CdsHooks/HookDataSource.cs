using System.Runtime.CompilerServices;
using System.Text.Json;
using MedAI.Fhir.CdsHooks.Prefetch;
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
            var gathering = new Gathering(data, service, hook, facts, asOf, time.GetUtcNow().AddMilliseconds(options.Value.FetchMilliseconds));
            foreach (var need in service.NeedsOf(hook.Request.Hook!))
                gathering.Take(need);
            if (gathering.IsComplete)
                return data;
            if (hook.MayUseStore && await stored.FindAsync(hook.Patient.Id, cancellationToken, facts.OnlyTenant) is { } found)
            {
                data.Own(found.Owner);
                data.Documents.Add(found.Document);
                // The record is whole, also where only a part of a key came along.
                data.FromStore = true;
                return data;
            }
            while (gathering.NextSearches() is { Count: > 0 } searches)
                await FetchAsync(gathering, searches, cancellationToken);
            if (gathering.GotObservations && data.Failure is null && service is RiskHookService risk)
                await FetchSpecimensAsync(gathering, risk, asOf, cancellationToken);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private async ValueTask FetchAsync(Gathering gathering, IReadOnlyList<EhrSearch> searches, CancellationToken cancellationToken)
    {
        var (data, hook) = (gathering.Data, gathering.Hook);
        if (hook.Request.FhirServer is null)
        {
            foreach (string key in searches.Select(s => s.Key).Distinct(StringComparer.Ordinal))
                data.Missing.Add((key, gathering.CameInPart(key) ? EhrError.PagesUnusable : EhrError.Untrusted));
            return;
        }
        var record = await AskAsync(gathering, searches, cancellationToken);
        foreach (var answers in record.Answers.GroupBy(a => a.Search.Key, StringComparer.Ordinal))
        {
            if (answers.FirstOrDefault(a => a.Error is not null) is { Error: { } error })
            {
                data.Missing.Add((answers.Key, gathering.CameInPart(answers.Key) && error is (EhrError.Untrusted or EhrError.NotAllowed) ? EhrError.PagesUnusable : error));
                continue;
            }
            foreach (var answer in answers)
                gathering.Add(answer);
        }
    }

    /// <summary>Specimens that the measurements name, sent or fetched, where they decide what a value means.</summary>
    private async ValueTask FetchSpecimensAsync(Gathering gathering, RiskHookService service, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var data = gathering.Data;
        var searches = SpecimenSearches.For([service.Model], new ReadingRequest { Documents = data.Documents, Patient = gathering.Hook.Patient, AsOf = asOf });
        if (searches.Length == 0)
            return;
        foreach (var answer in (await AskAsync(gathering, searches, cancellationToken)).Answers)
        {
            if (answer.Error is not { } error)
                data.Documents.Add(answer.AsDocument("fetched."));
            else if (!SpecimenSearches.AreWithheld(error))
                data.Missing.Add((SpecimenSearches.Key, error));
        }
    }

    private async ValueTask<EhrRecord> AskAsync(Gathering gathering, IReadOnlyList<EhrSearch> searches, CancellationToken cancellationToken)
    {
        var hook = gathering.Hook;
        var record = await ehr.FetchAsync(new EhrWish(hook.Patient.FhirBase, gathering.Facts.Caller?.FhirOrigins, hook.Access, searches, gathering.Deadline), cancellationToken);
        gathering.Data.Own(record);
        return record;
    }

    /// <summary>What of one hook's needs came along and what is still to be had. Needs whose templates look into other keys wait for those.</summary>
    private sealed class Gathering(HookData data, HookService service, BoundHook hook, RequestFacts facts, DateTimeOffset asOf, DateTimeOffset deadline)
    {
        private readonly List<EhrSearch> _next = [];
        private readonly List<PrefetchNeed> _waiting = [];

        /// <summary>Keys of which a part came along; the value where its next pages complete it.</summary>
        private readonly Dictionary<string, JsonElement?> _parts = new(StringComparer.Ordinal);

        public HookData Data => data;

        public BoundHook Hook => hook;

        public RequestFacts Facts => facts;

        /// <summary>Made when something is missing: a complete hook needs none.</summary>
        private PrefetchValues Values => field ??= new(hook.Request, asOf);

        /// <summary>One for everything that the hook fetches.</summary>
        public DateTimeOffset Deadline => deadline;

        public bool IsComplete => _next.Count == 0 && _waiting.Count == 0;

        /// <summary>True when measurements were fetched.</summary>
        public bool GotObservations { get; private set; }

        public bool CameInPart(string key) => _parts.ContainsKey(key);

        public void Take(PrefetchNeed need)
        {
            if (!hook.Request.Prefetch.TryGetValue(need.Key, out var value))
            {
                Want(need);
                return;
            }
            if (service.LooksIntoData)
                Values.Add(need.Key, value);
            // The client says that there are no data.
            if (value.ValueKind == JsonValueKind.Null)
                return;
            if (!service.ReadsAllPages || need.NewestOnly)
            {
                data.Documents.Add(new ClinicalDocument("prefetch." + need.Key, value) { NewestOnly = need.NewestOnly });
            }
            else if (EhrSource.NextPage(value) is { } next)
            {
                _parts.Add(need.Key, value);
                _next.Add(new EhrSearch(need.Key, HookService.QueryOf(need, hook.Request, Values), next));
            }
            else if (IsPart(value, need.Own?.Text ?? need.Generated))
            {
                _parts.Add(need.Key, null);
                Want(need);
            }
            else
            {
                data.Documents.Add(new ClinicalDocument("prefetch." + need.Key, value));
            }
        }

        /// <summary>What can be asked for now, all at once; empty when nothing is left.</summary>
        public List<EhrSearch> NextSearches()
        {
            var searches = _next.ToList();
            _next.Clear();
            if (searches.Count > 0)
                return searches;
            var ready = _waiting.Where(n => !n.Own!.Keys.Any(k => _waiting.Exists(w => w.Key == k))).ToList();
            // Templates look into earlier keys alone; the configuration was checked for it.
            if (ready.Count == 0)
                ready = [.. _waiting];
            _waiting.RemoveAll(ready.Contains);
            return [.. ready.SelectMany(Searches)];
        }

        public void Add(EhrAnswer answer)
        {
            string key = answer.Search.Key;
            GotObservations |= answer.Search.Type == "Observation";
            if (service.LooksIntoData)
            {
                foreach (var page in answer.Pages)
                    Values.Add(key, page);
            }
            data.Documents.Add(_parts.GetValueOrDefault(key) is { } first
                ? new ClinicalDocument("prefetch." + key, first) { MorePages = answer.Pages }
                : answer.AsDocument("fetched."));
        }

        private void Want(PrefetchNeed need)
        {
            if (need.Own is { } own && own.Keys.Any(IsOutstanding))
                _waiting.Add(need);
            else
                _next.AddRange(Searches(need));
        }

        private bool IsOutstanding(string key) => _next.Exists(s => s.Key == key) || _waiting.Exists(w => w.Key == key);

        private IEnumerable<EhrSearch> Searches(PrefetchNeed need) => service.SearchesFor(need, hook.Request, Values, asOf);
    }

    /// <summary>True where fewer matches came than there are, or as many as were asked for and nobody says that these are all.</summary>
    private static bool IsPart(JsonElement value, string template)
    {
        if (!FhirJson.Is(FhirJson.Member(value, "resourceType"u8), "Bundle"u8))
            return false;
        int matches = 0;
        foreach (var entry in FhirJson.Items(FhirJson.Member(value, "entry"u8)))
        {
            var mode = FhirJson.Member(FhirJson.Member(entry, "search"u8), "mode"u8);
            if (mode.ValueKind == JsonValueKind.Undefined || FhirJson.Is(mode, "match"u8))
                matches++;
        }
        bool saysAll = FhirJson.TryNumber(FhirJson.Member(value, "total"u8), out double total);
        return saysAll ? matches < total : CountOf(template) is { } count && matches >= count;
    }

    private static int? CountOf(string template)
    {
        int at = template.IndexOf("_count=", StringComparison.Ordinal);
        return at >= 0 && int.TryParse(template.AsSpan(at + 7), System.Globalization.CultureInfo.InvariantCulture, out int count) ? count : null;
    }
}
