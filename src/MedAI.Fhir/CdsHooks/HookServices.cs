using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks.Prefetch;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Sources;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The services that the loaded model packages declare, as each client sees them; computed once per catalogue snapshot.</summary>
public sealed class HookServices(AssessableModels assessable, InterpretingModels interpreting, HookClients clients, IOptions<ImagingOptions> imaging)
{
    private Snapshot? _snapshot;

    /// <summary>Answer of discovery as UTF-8 JSON, and its entity tag; an empty list while no model is ready.</summary>
    /// <param name="client">Name of the caller; null while no clients are configured.</param>
    public (ReadOnlyMemory<byte> Body, EntityTagHeaderValue Tag) DiscoveryFor(string? client) => Current().For(client).Discovery;

    /// <summary>The service with this id, or null.</summary>
    /// <param name="client">Name of the caller; null while no clients are configured.</param>
    public HookService? Find(string id, string? client) => Current().For(client).Services.GetValueOrDefault(id);

    private Snapshot Current()
    {
        var risks = assessable.Current;
        var images = interpreting.All;
        var snapshot = Volatile.Read(ref _snapshot);
        if (snapshot is null || !ReferenceEquals(snapshot.Risks, risks) || !ReferenceEquals(snapshot.Images, images))
            Volatile.Write(ref _snapshot, snapshot = new Snapshot(risks, images, clients, imaging.Value.StudyViewHook));
        return snapshot;
    }

    private sealed class Snapshot
    {
        private readonly Variant _standard;
        private readonly FrozenDictionary<string, Variant> _byClient;

        public Snapshot(AssessableSnapshot risks, IReadOnlyList<IImagingModel> images, HookClients clients, string studyViewHook)
        {
            Risks = risks;
            Images = images;
            _standard = new Variant(risks, images, HookClient.Standard, studyViewHook);
            _byClient = clients.All.Where(c => !c.IsStandard).ToFrozenDictionary(c => c.Name!, c => new Variant(risks, images, c, studyViewHook), StringComparer.Ordinal);
        }

        public AssessableSnapshot Risks { get; }

        public IReadOnlyList<IImagingModel> Images { get; }

        public Variant For(string? client) => client is not null && _byClient.TryGetValue(client, out var own) ? own : _standard;
    }

    /// <summary>The services as one client sees them.</summary>
    private sealed class Variant
    {
        public Variant(AssessableSnapshot risks, IReadOnlyList<IImagingModel> images, HookClient client, string studyViewHook)
        {
            var services = new Dictionary<string, HookService>(StringComparer.Ordinal);
            // Versions come oldest first: the newest answers.
            foreach (var model in risks.For(client.Name).Where(m => m.Manifest.Service.Hooks.Count > 0))
                services[model.Manifest.Id] = new RiskHookService(model, client);
            foreach (var model in images.Where(m => m.Package.Manifest.Service.Hooks.Count > 0))
                services[model.Identity.Id] = new ImagingHookService(model, client, studyViewHook);
            Services = services;
            byte[] body = JsonSerializer.SerializeToUtf8Bytes(new CdsServices([.. services.Values.SelectMany(s => s.Definitions)]), CdsHooksJson.Default.CdsServices);
            Discovery = (body, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\""));
        }

        public IReadOnlyDictionary<string, HookService> Services { get; }

        public (ReadOnlyMemory<byte> Body, EntityTagHeaderValue Tag) Discovery { get; }
    }
}

/// <summary>One model as a CDS service.</summary>
public abstract class HookService
{
    /// <summary>Versions of the standard hooks in the CDS Hooks library 1.0.1; an organisation's own hook has the version that its organisation gives it.</summary>
    private static readonly FrozenDictionary<string, string> HookVersions = new Dictionary<string, string>
    {
        ["patient-view"] = "1.0",
        ["encounter-start"] = "1.0",
        ["encounter-discharge"] = "1.0",
        ["order-select"] = "1.0",
        ["order-sign"] = "1.0",
        ["appointment-book"] = "1.0",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly IReadOnlyList<HookNeeds> _hooks;

    protected HookService(ModelManifest manifest, HookClient client, IReadOnlyList<HookNeeds> hooks)
    {
        Manifest = manifest;
        _hooks = [.. hooks.Select(hook => hook with { Needs = client.Adapt(manifest.Id, hook.Needs) })];
        LooksIntoData = _hooks.Any(h => h.Needs.Any(n => n.Own?.Tokens.Any(t => t.Simple is null) == true));
        Definitions = [.. _hooks.Select(hook => Definition(hook, client))];
    }

    public ModelManifest Manifest { get; }

    /// <summary>One entry per hook.</summary>
    public IReadOnlyList<CdsService> Definitions { get; }

    /// <summary>True: a part of what matches is not enough.</summary>
    public abstract bool ReadsAllPages { get; }

    /// <summary>True where a template of the client's own looks into the context or into other prefetch values.</summary>
    public bool LooksIntoData { get; }

    /// <summary>Every key that one of its hooks needs.</summary>
    public IEnumerable<string> Keys => _hooks.SelectMany(h => h.Needs).Select(n => n.Key).Distinct(StringComparer.Ordinal);

    public bool Answers(string hook) => _hooks.Any(h => h.Hook == hook);

    /// <summary>What a hook that the service answers needs, whether or not the client is asked for it.</summary>
    public IReadOnlyList<PrefetchNeed> NeedsOf(string hook) => _hooks.First(h => h.Hook == hook).Needs;

    /// <summary>What to ask of a FHIR server when a prefetch value is missing.</summary>
    /// <param name="values">What the tokens of the client's own template stand for.</param>
    /// <param name="asOf">Instant of the score.</param>
    public virtual IEnumerable<EhrSearch> SearchesFor(PrefetchNeed need, HookRequest request, PrefetchValues values, DateTimeOffset asOf) =>
        [new EhrSearch(need.Key, QueryOf(need, request, values), null, ReadsAllPages && !need.NewestOnly)];

    /// <summary>The client's own template, where all of its tokens have a value; else the generated one.</summary>
    public static string QueryOf(PrefetchNeed need, HookRequest request, PrefetchValues values) => need.Own?.Resolve(values) ?? Resolve(need.Generated, request);

    /// <summary>A generated template with its tokens replaced; the ids were validated and need no escape.</summary>
    protected static string Resolve(string template, HookRequest request) => template
        .Replace("{{context.patientId}}", request.PatientId, StringComparison.Ordinal)
        .Replace("{{context.imagingStudyId}}", request.ImagingStudyId, StringComparison.Ordinal);

    private CdsService Definition(HookNeeds hook, HookClient client)
    {
        var prefetch = hook.Needs.Where(n => n.Published is not null).ToDictionary(n => n.Key, n => n.Published!, StringComparer.Ordinal);
        return new CdsService
        {
            Hook = hook.Hook,
            Id = Manifest.Id,
            Title = Manifest.Title,
            Description = Manifest.Service.Description,
            Prefetch = prefetch.Count == 0 ? null : prefetch,
            UsageRequirements = Manifest.Service.UsageRequirements,
            Version = client.IsVersion3 ? "3.0.0" : "2.0.1",
            HookVersion = client.IsVersion3 ? HookVersions.GetValueOrDefault(hook.Hook) : null,
        };
    }
}

/// <summary>A service that assesses a risk at once.</summary>
public sealed class RiskHookService : HookService
{
    private readonly bool _lastingApart;

    public RiskHookService(AssessableModel model, HookClient client)
        : this(model, client, PrefetchTemplates.For(model.Manifest, model.IcuLocationTypes))
    {
    }

    private RiskHookService(AssessableModel model, HookClient client, IReadOnlyDictionary<string, string> templates)
        : this(model, client, client.IsVersion3 ? PrefetchTemplates.WithinWindow(model.Manifest, templates) : [.. templates.Select(t => new PrefetchNeed(t.Key, t.Value))])
    {
    }

    private RiskHookService(AssessableModel model, HookClient client, IReadOnlyList<PrefetchNeed> needs)
        : base(model.Manifest, client, [.. model.Manifest.Service.Hooks.Select(hook => new HookNeeds(hook, needs))])
    {
        Model = model;
        _lastingApart = needs.Any(n => n.NewestOnly);
    }

    public AssessableModel Model { get; }

    public override bool ReadsAllPages => true;

    /// <summary>Measurements of the model's window, and whatever it reads from before it (a height), newest first.</summary>
    public override IEnumerable<EhrSearch> SearchesFor(PrefetchNeed need, HookRequest request, PrefetchValues values, DateTimeOffset asOf)
    {
        string query = QueryOf(need, request, values);
        return need.NewestOnly
            ? [new EhrSearch(need.Key, query, null, AllPages: false)]
            : PrefetchTemplates.Within(Model.Manifest, need.Key, query, request.PatientId!, asOf, _lastingApart);
    }
}

/// <summary>A service that reads a study in the background and answers with what is there.</summary>
public sealed class ImagingHookService(IImagingModel model, HookClient client, string studyViewHook)
    : HookService(model.Package.Manifest, client, Hooks(model.Package.Manifest, studyViewHook))
{
    public IImagingModel Model { get; } = model;

    /// <summary>The newest studies are enough.</summary>
    public override bool ReadsAllPages => false;

    /// <summary>The organisation's own hook names the study; any other hook means the patient's newest.</summary>
    private static List<HookNeeds> Hooks(ModelManifest manifest, string studyViewHook)
    {
        var hooks = manifest.Service.Hooks.Select(hook => new HookNeeds(hook, Needs(PrefetchTemplates.ForNewestStudies()))).ToList();
        if (studyViewHook.Length > 0 && !manifest.Service.Hooks.Contains(studyViewHook, StringComparer.Ordinal))
            hooks.Add(new HookNeeds(studyViewHook, Needs(PrefetchTemplates.ForNamedStudy())));
        return hooks;
    }

    private static PrefetchNeed[] Needs(IReadOnlyDictionary<string, string> templates) => [.. templates.Select(t => new PrefetchNeed(t.Key, t.Value))];
}
