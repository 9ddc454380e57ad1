using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Sources;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The services that the loaded model packages declare; computed once per catalogue snapshot.</summary>
public sealed class HookServices(AssessableModels assessable, InterpretingModels interpreting, IOptions<ImagingOptions> imaging)
{
    private Snapshot? _snapshot;

    /// <summary>Answer of discovery as UTF-8 JSON, and its entity tag; an empty list while no model is ready.</summary>
    public (ReadOnlyMemory<byte> Body, EntityTagHeaderValue Tag) Discovery => Current().Discovery;

    /// <summary>The service with this id, or null.</summary>
    public HookService? Find(string id) => Current().Services.GetValueOrDefault(id);

    private Snapshot Current()
    {
        var risks = assessable.All;
        var images = interpreting.All;
        var snapshot = Volatile.Read(ref _snapshot);
        if (snapshot is null || !ReferenceEquals(snapshot.Risks, risks) || !ReferenceEquals(snapshot.Images, images))
            Volatile.Write(ref _snapshot, snapshot = new Snapshot(risks, images, imaging.Value.StudyViewHook));
        return snapshot;
    }

    private sealed class Snapshot
    {
        public Snapshot(IReadOnlyList<AssessableModel> risks, IReadOnlyList<IImagingModel> images, string studyViewHook)
        {
            Risks = risks;
            Images = images;
            var services = new Dictionary<string, HookService>(StringComparer.Ordinal);
            // Versions come oldest first: the newest answers.
            foreach (var model in risks.Where(m => m.Manifest.Service.Hooks.Count > 0))
                services[model.Manifest.Id] = new RiskHookService(model);
            foreach (var model in images.Where(m => m.Package.Manifest.Service.Hooks.Count > 0))
                services[model.Identity.Id] = new ImagingHookService(model, studyViewHook);
            Services = services;
            byte[] body = JsonSerializer.SerializeToUtf8Bytes(new CdsServices([.. services.Values.SelectMany(s => s.Definitions)]), CdsHooksJson.Default.CdsServices);
            Discovery = (body, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\""));
        }

        public IReadOnlyList<AssessableModel> Risks { get; }

        public IReadOnlyList<IImagingModel> Images { get; }

        public IReadOnlyDictionary<string, HookService> Services { get; }

        public (ReadOnlyMemory<byte> Body, EntityTagHeaderValue Tag) Discovery { get; }
    }
}

/// <summary>One model as a CDS service.</summary>
public abstract class HookService(ModelManifest manifest, IReadOnlyList<(string Hook, IReadOnlyDictionary<string, string> Prefetch)> hooks)
{
    public ModelManifest Manifest { get; } = manifest;

    /// <summary>One entry per hook.</summary>
    public IReadOnlyList<CdsService> Definitions { get; } = [.. hooks.Select(hook => new CdsService
    {
        Hook = hook.Hook,
        Id = manifest.Id,
        Title = manifest.Title,
        Description = manifest.Service.Description,
        Prefetch = hook.Prefetch,
        UsageRequirements = manifest.Service.UsageRequirements,
    })];

    /// <summary>True: a part of what matches is not enough.</summary>
    public abstract bool ReadsAllPages { get; }

    public bool Answers(string hook) => Definitions.Any(d => d.Hook == hook);

    /// <summary>Templates of a hook that the service answers.</summary>
    public IReadOnlyDictionary<string, string> PrefetchOf(string hook) => Definitions.First(d => d.Hook == hook).Prefetch!;

    /// <summary>What to ask of a FHIR server when a prefetch value is missing.</summary>
    /// <param name="asOf">Instant of the score.</param>
    public virtual IEnumerable<EhrSearch> SearchesFor(string key, string template, HookRequest request, DateTimeOffset asOf) => [new EhrSearch(key, Resolve(template, request), null, ReadsAllPages)];

    /// <summary>A template with its tokens replaced; the ids were validated and need no escape.</summary>
    public static string Resolve(string template, HookRequest request) => template
        .Replace("{{context.patientId}}", request.PatientId, StringComparison.Ordinal)
        .Replace("{{context.encounterId}}", request.EncounterId, StringComparison.Ordinal)
        .Replace("{{context.imagingStudyId}}", request.ImagingStudyId, StringComparison.Ordinal);
}

/// <summary>A service that assesses a risk at once.</summary>
public sealed class RiskHookService : HookService
{
    public RiskHookService(AssessableModel model)
        : this(model, PrefetchTemplates.For(model.Manifest, model.IcuLocationTypes))
    {
    }

    private RiskHookService(AssessableModel model, IReadOnlyDictionary<string, string> prefetch)
        : base(model.Manifest, [.. model.Manifest.Service.Hooks.Select(hook => (hook, prefetch))])
    {
        Model = model;
    }

    public AssessableModel Model { get; }

    public override bool ReadsAllPages => true;

    /// <summary>Measurements of the model's window, and whatever it reads from before it (a height), newest first.</summary>
    public override IEnumerable<EhrSearch> SearchesFor(string key, string template, HookRequest request, DateTimeOffset asOf)
    {
        string query = Resolve(template, request);
        if (!query.StartsWith("Observation?", StringComparison.Ordinal))
            return [new EhrSearch(key, query)];
        var floor = asOf.ToUniversalTime().AddHours(-Model.Manifest.Timing!.MaximumHours);
        var bounded = new EhrSearch(key, string.Create(CultureInfo.InvariantCulture, $"{query}&date=ge{floor:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        string? lasting = PrefetchTemplates.LastingOf(Model.Manifest, key);
        return lasting is null ? [bounded] : [bounded, new EhrSearch(key, Resolve(lasting, request), null, AllPages: false)];
    }
}

/// <summary>A service that reads a study in the background and answers with what is there.</summary>
public sealed class ImagingHookService(IImagingModel model, string studyViewHook)
    : HookService(model.Package.Manifest, Hooks(model.Package.Manifest, studyViewHook))
{
    public IImagingModel Model { get; } = model;

    /// <summary>The newest studies are enough.</summary>
    public override bool ReadsAllPages => false;

    /// <summary>The organisation's own hook names the study; any other hook means the patient's newest.</summary>
    private static List<(string, IReadOnlyDictionary<string, string>)> Hooks(ModelManifest manifest, string studyViewHook)
    {
        var hooks = manifest.Service.Hooks.Select(hook => (hook, PrefetchTemplates.ForNewestStudies())).ToList();
        if (studyViewHook.Length > 0 && !manifest.Service.Hooks.Contains(studyViewHook, StringComparer.Ordinal))
            hooks.Add((studyViewHook, PrefetchTemplates.ForNamedStudy()));
        return hooks;
    }
}
