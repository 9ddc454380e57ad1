using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Search;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests;

/// <summary>The real model, but its answers are another's; counts what it is asked.</summary>
public sealed class StubbornModel(ISequenceModel inner, Func<Outcome>? answer, Gate? gate = null) : ISequenceModel
{
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public ModelPackage Package => inner.Package;

    public ModelIdentity Identity => inner.Identity;

    public VariableTable Variables => inner.Variables;

    public PreparedInput Prepare(PatientTimeline timeline) => inner.Prepare(timeline);

    public async Task<Outcome> PredictAsync(PreparedInput input, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (gate is not null)
            await gate.PassAsync(cancellationToken);
        return answer is null ? await inner.PredictAsync(input, deadline, cancellationToken) : answer();
    }
}

/// <summary>The real catalogue with every model wrapped.</summary>
public sealed class StubbornCatalog(ModelCatalog inner, Func<Outcome>? answer, Gate? gate = null) : IModelCatalog
{
    private readonly Lock _gate = new();
    private (IReadOnlyList<ISequenceModel> Source, IReadOnlyList<ISequenceModel> Wrapped)? _current;

    public IReadOnlyList<IServedModel> Models => [.. SequenceModels, .. ImagingModels];

    public IReadOnlyList<IImagingModel> ImagingModels => inner.ImagingModels;

    public IReadOnlyList<ISequenceModel> SequenceModels
    {
        get
        {
            lock (_gate)
            {
                if (_current is not { } current || !ReferenceEquals(current.Source, inner.SequenceModels))
                    _current = current = (inner.SequenceModels, [.. inner.SequenceModels.Select(m => new StubbornModel(m, answer, gate))]);
                return current.Wrapped;
            }
        }
    }

    /// <summary>Predictions that were asked for.</summary>
    public int Asked => SequenceModels.Cast<StubbornModel>().Sum(m => m.Asked);

    public IServedModel? Find(string id) => Models.LastOrDefault(m => m.Identity.Id == id);

    public bool Ready => inner.Ready;

    public IReadOnlyDictionary<string, IReadOnlyList<ManifestProblem>> Refused => inner.Refused;

    /// <param name="answer">What every prediction becomes; null leaves it to the model.</param>
    /// <param name="gate">What every prediction waits at; null where it does not wait.</param>
    public static void Use(WebApplicationBuilder builder, Func<Outcome>? answer, Gate? gate = null) =>
        builder.Services.AddSingleton<IModelCatalog>(provider => new StubbornCatalog(provider.GetRequiredService<ModelCatalog>(), answer, gate));
}

/// <summary>Where predictions wait until a test lets them pass; counts how many wait at once.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;

    public int Inside => Volatile.Read(ref _inside);

    public int MostInside { get; private set; }

    /// <summary>Predictions whose callers wanted them no more.</summary>
    public int GivenUp { get; private set; }

    public void Open() => _open.TrySetResult();

    public async Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_open)
            MostInside = Math.Max(MostInside, ++_inside);
        try
        {
            await _open.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_open)
                GivenUp++;
            throw;
        }
        finally
        {
            lock (_open)
                _inside--;
        }
    }
}

/// <summary>The real store behind a switch that turns it off.</summary>
public sealed class SwitchedStore(SqliteResourceStore inner) : IResourceStore
{
    public bool Writes { get; set; } = true;

    public bool Reads { get; set; } = true;

    public ValueTask<StoredResource?> ReadAsync(string type, string id, int? version, CancellationToken cancellationToken) =>
        Read().ReadAsync(type, id, version, cancellationToken);

    public ValueTask<StoredResult?> FindResultAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        Read().FindResultAsync(idempotencyKey, cancellationToken);

    public ValueTask<StoredResult?> ReadResultAsync(string resultId, CancellationToken cancellationToken) =>
        Read().ReadResultAsync(resultId, cancellationToken);

    public ValueTask<IReadOnlyList<StoredResource>> ReadPatientRecordAsync(string patientId, CancellationToken cancellationToken) =>
        Read().ReadPatientRecordAsync(patientId, cancellationToken);

    public ValueTask<IReadOnlyList<StoredResource>> ListAsync(string type, int limit, CancellationToken cancellationToken) =>
        Read().ListAsync(type, limit, cancellationToken);

    public ValueTask<SearchPage> SearchAsync(SearchQuery query, CancellationToken cancellationToken) => Read().SearchAsync(query, cancellationToken);

    public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) => Read().ReadHistoryAsync(query, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> FindImageRunAsync(string key, CancellationToken cancellationToken) => Read().FindImageRunAsync(key, cancellationToken);

    public ValueTask<IssuedCard?> FindCardAsync(string uuid, CancellationToken cancellationToken) => Read().FindCardAsync(uuid, cancellationToken);

    public ValueTask<AlertRow?> FindAlertAsync(string key, CancellationToken cancellationToken) => Read().FindAlertAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<FeedbackCount>> CountFeedbackAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) => Read().CountFeedbackAsync(from, to, cancellationToken);

    public ValueTask<StudyReadingRow?> FindStudyReadingAsync(string key, CancellationToken cancellationToken) => Read().FindStudyReadingAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<StudyReadingRow>> ListQueuedReadingsAsync(CancellationToken cancellationToken) => Read().ListQueuedReadingsAsync(cancellationToken);

    public ValueTask<IReadOnlyList<DeliveryRow>> ListDeliveriesAsync(int limit, CancellationToken cancellationToken) => Read().ListDeliveriesAsync(limit, cancellationToken);

    public ValueTask<DeliveryRow?> FindDeliveryAsync(string resultId, CancellationToken cancellationToken) => Read().FindDeliveryAsync(resultId, cancellationToken);

    public ValueTask<StoreReceipt> CommitAsync(StoreTransaction transaction, CancellationToken cancellationToken) =>
        Writes ? inner.CommitAsync(transaction, cancellationToken) : throw Off();

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => Reads && Writes ? inner.IsHealthyAsync(cancellationToken) : ValueTask.FromResult(false);

    private SqliteResourceStore Read() => Reads ? inner : throw Off();

    private static StoreUnavailableException Off() => new(StoreUnavailableReason.Full, "The test switched the store off.");
}
