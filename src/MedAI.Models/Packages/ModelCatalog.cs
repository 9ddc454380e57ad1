using MedAI.Models.Images;
using MedAI.Models.Predictions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedAI.Models.Packages;

/// <summary>The models that are loaded, verified and warm, as one immutable snapshot that is replaced as a whole.</summary>
/// <remarks>
/// Empty and not ready until <see cref="LoadAsync(CancellationToken)"/> has ended. Thread safe. Loading again replaces the snapshot; the models of the
/// old one answer what they were asked before they are disposed.
/// </remarks>
public sealed partial class ModelCatalog : IModelCatalog, IAsyncDisposable
{
    private static readonly Snapshot s_empty = new([], [], [], new Dictionary<string, IServedModel>(), new Dictionary<string, IReadOnlyList<ManifestProblem>>(), [], false);

    private readonly ModelCatalogOptions _options;
    private readonly ModelLoader _loader;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Snapshot _snapshot = s_empty;

    public ModelCatalog(ModelCatalogOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        loggers ??= NullLoggerFactory.Instance;
        _loader = new ModelLoader(options, time ?? TimeProvider.System, loggers);
        _logger = loggers.CreateLogger<ModelCatalog>();
    }

    public IReadOnlyList<IServedModel> Models => _snapshot.Models;

    public IReadOnlyList<ISequenceModel> SequenceModels => _snapshot.SequenceModels;

    public IReadOnlyList<IImagingModel> ImagingModels => _snapshot.ImagingModels;

    public bool Ready => _snapshot.Ready;

    public IReadOnlyDictionary<string, IReadOnlyList<ManifestProblem>> Refused => _snapshot.Refused;

    /// <summary>One entry per ready model, in the order of <see cref="Models"/>.</summary>
    public IReadOnlyList<ModelStatus> Status => _snapshot.Status;

    /// <summary>Makes a catalog and loads every package of the folder.</summary>
    public static async Task<ModelCatalog> LoadAsync(ModelCatalogOptions options, CancellationToken cancellationToken)
    {
        var catalog = new ModelCatalog(options);
        await catalog.LoadAsync(cancellationToken).ConfigureAwait(false);
        return catalog;
    }

    public IServedModel? Find(string id) => _snapshot.Newest.GetValueOrDefault(id);

    /// <summary>Loads every package of the folder, verifies and warms it, then puts the new snapshot in place.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Snapshot next = await ReadAsync(cancellationToken).ConfigureAwait(false);
            Snapshot previous = Interlocked.Exchange(ref _snapshot, next);
            await DisposeAsync(previous.Models).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Snapshot last = Interlocked.Exchange(ref _snapshot, s_empty);
        await DisposeAsync(last.Models).ConfigureAwait(false);
        _loading.Dispose();
    }

    private static async Task DisposeAsync(IEnumerable<IServedModel> models)
    {
        foreach (IServedModel model in models)
        {
            if (model is IAsyncDisposable disposable)
                await disposable.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<Snapshot> ReadAsync(CancellationToken cancellationToken)
    {
        var loaded = new List<LoadedModel>();
        var refused = new Dictionary<string, IReadOnlyList<ManifestProblem>>(StringComparer.Ordinal);
        try
        {
            foreach ((string name, string folder) in Folders(refused))
            {
                (LoadedModel? model, IReadOnlyList<ManifestProblem> problems) = await _loader.LoadAsync(folder, cancellationToken).ConfigureAwait(false);
                if (model is null)
                {
                    Refuse(refused, name, problems);
                    continue;
                }
                loaded.Add(model);
                LogReady(_logger, model.Status.Identity.Id, model.Status.Identity.Version, model.Status.Identity.Hash, model.Status.Provider.Used.ToString(), model.Status.GoldenDifference);
            }
        }
        catch
        {
            await DisposeAsync(loaded.Select(l => l.Model)).ConfigureAwait(false);
            throw;
        }
        IServedModel[] models = [.. loaded.Select(l => l.Model)];
        var newest = models.GroupBy(m => m.Identity.Id, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.MaxBy(m => m.Identity.Version, SemanticVersionOrder.Instance)!, StringComparer.Ordinal);
        return new Snapshot(models, [.. models.OfType<ISequenceModel>()], [.. models.OfType<IImagingModel>()], newest, refused, [.. loaded.Select(l => l.Status)], models.Length > 0 && refused.Count == 0);
    }

    /// <summary>Package folders by "id/version", in order; refuses a root that is not there or empty, so that a wrong path cannot pass for "no models".</summary>
    private List<(string Name, string Folder)> Folders(Dictionary<string, IReadOnlyList<ManifestProblem>> refused)
    {
        var root = new DirectoryInfo(_options.RootFolder);
        var folders = new List<(string, string)>();
        if (root.Exists)
        {
            foreach (DirectoryInfo id in Subfolders(root))
            {
                foreach (DirectoryInfo version in Subfolders(id))
                    folders.Add(($"{id.Name}/{version.Name}", version.FullName));
            }
        }
        if (folders.Count == 0)
            Refuse(refused, root.Name, [new ManifestProblem("$", root.Exists ? "The models folder holds no <id>/<version> folder." : "The models folder does not exist.")]);
        return folders;
    }

    /// <summary>Folders whose names start with a dot are not packages: a copy in progress goes there and is then renamed.</summary>
    private static IEnumerable<DirectoryInfo> Subfolders(DirectoryInfo folder) =>
        folder.EnumerateDirectories().Where(d => !d.Name.StartsWith('.')).OrderBy(d => d.Name, StringComparer.Ordinal);

    private void Refuse(Dictionary<string, IReadOnlyList<ManifestProblem>> refused, string name, IReadOnlyList<ManifestProblem> problems)
    {
        refused[name] = problems;
        LogRefused(_logger, name, problems.Count, string.Join(" | ", problems.Take(20).Select(p => $"{p.Path}: {p.Message}")));
    }

    [LoggerMessage(2201, LogLevel.Information, "Model {Model} {Version} ({Hash}) is ready on {Provider}; golden vectors differ by at most {Difference}.")]
    private static partial void LogReady(ILogger logger, string model, string version, string hash, string provider, double difference);

    [LoggerMessage(2202, LogLevel.Error, "Model package {Package} is refused with {Count} problems: {Problems}")]
    private static partial void LogRefused(ILogger logger, string package, int count, string problems);

    private sealed record Snapshot(
        IReadOnlyList<IServedModel> Models,
        IReadOnlyList<ISequenceModel> SequenceModels,
        IReadOnlyList<IImagingModel> ImagingModels,
        IReadOnlyDictionary<string, IServedModel> Newest,
        IReadOnlyDictionary<string, IReadOnlyList<ManifestProblem>> Refused,
        IReadOnlyList<ModelStatus> Status,
        bool Ready);
}
