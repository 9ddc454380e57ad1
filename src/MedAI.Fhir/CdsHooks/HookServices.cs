using MedAI.Fhir.Assessments;
using MedAI.Models.Packages;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The services that the loaded model packages declare; computed once per catalogue snapshot.</summary>
public sealed class HookServices(AssessableModels models)
{
    private Snapshot? _snapshot;

    /// <summary>Answer of discovery; an empty list while no model is ready.</summary>
    public CdsServices Discovery => Current().Discovery;

    /// <summary>The service with this id, or null.</summary>
    public HookService? Find(string id) => Current().Services.GetValueOrDefault(id);

    private Snapshot Current()
    {
        var loaded = models.All;
        var snapshot = Volatile.Read(ref _snapshot);
        if (snapshot is null || !ReferenceEquals(snapshot.Models, loaded))
            Volatile.Write(ref _snapshot, snapshot = new Snapshot(loaded));
        return snapshot;
    }

    private sealed class Snapshot
    {
        public Snapshot(IReadOnlyList<AssessableModel> models)
        {
            Models = models;
            Services = models.Where(m => m.Manifest.Service.Hooks.Count > 0)
                .ToDictionary(m => m.Manifest.Id, m => new HookService(m), StringComparer.Ordinal);
            Discovery = new CdsServices([.. Services.Values.SelectMany(s => s.Definitions)]);
        }

        public IReadOnlyList<AssessableModel> Models { get; }

        public IReadOnlyDictionary<string, HookService> Services { get; }

        public CdsServices Discovery { get; }
    }
}

/// <summary>One model as a CDS service.</summary>
public sealed class HookService
{
    public HookService(AssessableModel model)
    {
        Model = model;
        ModelManifest manifest = model.Manifest;
        Prefetch = PrefetchTemplates.For(manifest, model.IcuLocationTypes);
        Definitions = [.. manifest.Service.Hooks.Select(hook => new CdsService
        {
            Hook = hook,
            Id = manifest.Id,
            Title = manifest.Title,
            Description = manifest.Service.Description,
            Prefetch = Prefetch,
            UsageRequirements = manifest.Service.UsageRequirements,
        })];
    }

    public AssessableModel Model { get; }

    public IReadOnlyDictionary<string, string> Prefetch { get; }

    /// <summary>One entry per hook.</summary>
    public IReadOnlyList<CdsService> Definitions { get; }

    public bool Answers(string hook) => Model.Manifest.Service.Hooks.Contains(hook, StringComparer.Ordinal);
}
