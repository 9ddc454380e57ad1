using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Health;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Images;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Interpretations;

/// <summary>Reads studies in the background, so that no hook waits for a PACS.</summary>
/// <remarks>
/// A wish is on disk with its registered report before anybody is told "in progress"; after a restart what was queued is read again.
/// Images that cannot be had for a passing reason are tried again, longer apart each time.
/// </remarks>
public sealed partial class StudyReadings(ImagingInterpreter interpreter, InterpretingModels models, IResourceStore store, IdSource ids, TimeProvider time,
    IOptions<ImagingOptions> options, IHostApplicationLifetime lifetime, ILogger<StudyReadings> log) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);

    /// <summary>A reading that failed for good is begun again when somebody asks after this long.</summary>
    private static readonly TimeSpan AskedAgain = TimeSpan.FromMinutes(5);

    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();

    /// <summary>Keys that wait here or are being read.</summary>
    private readonly ConcurrentDictionary<string, byte> _waiting = new(StringComparer.Ordinal);

    /// <summary>What is known about a study's reading, begun now if nobody asked before.</summary>
    /// <returns>Null when too many studies wait.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was begun.</exception>
    public async ValueTask<StudyReadingRow?> WishAsync(IImagingModel model, InterpretationRequest request, CancellationToken cancellationToken)
    {
        string key = InterpretationKeys.Reading(request.Patient, request.ImagingStudy, model.Identity);
        var known = await store.FindStudyReadingAsync(key, cancellationToken);
        if (known is not null && !(known.State == StudyReadingState.Failed && time.GetUtcNow() - known.Updated >= AskedAgain))
        {
            if (known.State == StudyReadingState.Queued)
                Enqueue(key);
            return known;
        }
        if (_waiting.Count >= options.Value.MostQueued)
            return null;
        string reportId = known?.ReportId ?? ids.NewId();
        var context = interpreter.Context(request, reportId, InterpretationKeys.Again(key, reportId), version: 1);
        var wish = new StudyReadingRow(key, StudyReadingState.Queued, reportId, time.GetUtcNow(), 0, StudyWish.ToUtf8(request, model.Identity), null);
        await store.CommitAsync(new StoreTransaction
        {
            Resources = known is not null ? [] :
            [
                new ResourceWrite("DiagnosticReport", reportId,
                    InterpretationWriter.WriteRegistered(model.Package.Manifest, model.Identity, DicomWeb.ImagingStudyReader.StudyUidText(request.ImagingStudy) ?? "", context), context.Created,
                    interpreter.Compartment(request)),
            ],
            Tenant = request.Patient.Tenant,
            Reading = wish,
            OnlyIfUnread = known is null,
        }, cancellationToken);
        // Two may have asked at once; the first one's wish counts for both.
        var begun = await store.FindStudyReadingAsync(key, cancellationToken) ?? wish;
        Enqueue(key);
        return begun;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The address that results are written under is known when the server listens.
        try
        {
            await lifetime.WaitForStartAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        try
        {
            foreach (var left in await store.ListQueuedReadingsAsync(stoppingToken))
                Enqueue(left.Key);
        }
        catch (StoreUnavailableException)
        {
            // The next question about such a study puts it back into the queue.
            LogStoreUnavailable();
        }
        await Task.WhenAll(Enumerable.Range(0, options.Value.ParallelReadings).Select(_ => WorkAsync(stoppingToken)));
    }

    private void Enqueue(string key)
    {
        if (_waiting.TryAdd(key, 0))
            _queue.Writer.TryWrite(key);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (string key in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                TimeSpan? again = null;
                try
                {
                    again = await ReadAsync(key, stoppingToken);
                }
                catch (StoreUnavailableException)
                {
                    LogStoreUnavailable();
                    again = FirstPause;
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    // One study must not end the reading of all others; what it was stays queued for the next start.
                    LogBroken(error.GetType().Name);
                }
                _waiting.TryRemove(key, out _);
                if (again is { } pause)
                    _ = EnqueueLaterAsync(key, pause, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: what is not finished is still queued on disk.
        }
    }

    private async Task EnqueueLaterAsync(string key, TimeSpan pause, CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(pause, time, stoppingToken);
            Enqueue(key);
        }
        catch (OperationCanceledException)
        {
            // It is queued on disk.
        }
    }

    /// <summary>Reads one study; says after which pause it is to be tried again, or null when it has ended.</summary>
    private async Task<TimeSpan?> ReadAsync(string key, CancellationToken stoppingToken)
    {
        if (await store.FindStudyReadingAsync(key, stoppingToken) is not { State: StudyReadingState.Queued, Request: { } wish } row)
            return null;
        using var document = JsonDocument.Parse(wish);
        var (request, modelName) = StudyWish.Read(document, row.ReportId, time.GetUtcNow().AddMilliseconds(options.Value.BackgroundDeadlineMilliseconds));
        if (models.Find(modelName) is not { } model)
            return await TryLaterAsync(row, new Failure(FailureCode.ModelUnavailable), mayPass: true, stoppingToken);
        switch (await interpreter.InterpretAsync(model, request, stoppingToken))
        {
            case InterpretationResult.Reported:
                return null;
            case InterpretationResult.Refused refused:
                var context = interpreter.Context(request, row.ReportId, InterpretationKeys.Again(key, row.ReportId), version: 2);
                await store.CommitAsync(new StoreTransaction
                {
                    Resources = [new ResourceWrite("DiagnosticReport", row.ReportId, InterpretationWriter.WriteCancelled(refused.Interpretation, context), context.Created, interpreter.Compartment(request))],
                    Tenant = request.Patient.Tenant,
                    Reading = Ended(row, StudyReadingState.Refused, InterpretationDetail.Of(refused.Interpretation, [])),
                }, stoppingToken);
                return null;
            case InterpretationResult.Failed failed:
                return await TryLaterAsync(row, failed.Failure, failed.MayPass, stoppingToken);
            default:
                throw new InvalidOperationException("InterpretationResult is closed.");
        }
    }

    private async Task<TimeSpan?> TryLaterAsync(StudyReadingRow row, Failure failure, bool mayPass, CancellationToken stoppingToken)
    {
        int attempts = row.Attempts + 1;
        bool again = mayPass && attempts < options.Value.Attempts;
        var detail = new InterpretationDetail
        {
            Refusals = failure.Issues.Count == 0
                ? [new RefusalDetail(KebabCase.Of(failure.Code), "The server could not read the study.")]
                : [.. failure.Issues.Select(i => new RefusalDetail(i.ReasonCode ?? KebabCase.Of(failure.Code), i.Text)).Distinct()],
        };
        await store.CommitAsync(new StoreTransaction
        {
            // The wish is kept where it has failed: it can be begun again.
            Reading = again
                ? row with { Attempts = attempts, Updated = time.GetUtcNow() }
                : Ended(row, StudyReadingState.Failed, detail) with { Request = row.Request },
        }, stoppingToken);
        LogTried(failure.Code, attempts, again);
        return again ? FirstPause * Math.Pow(5, attempts - 1) : null;
    }

    private StudyReadingRow Ended(StudyReadingRow row, StudyReadingState state, InterpretationDetail detail) =>
        row with { State = state, Updated = time.GetUtcNow(), Request = null, Detail = detail.ToUtf8() };

    [LoggerMessage(3110, LogLevel.Warning, "A study could not be read in the background: {Code}, attempt {Attempt}; it will be tried again: {Again}")]
    private partial void LogTried(FailureCode code, int attempt, bool again);

    [LoggerMessage(3111, LogLevel.Error, "The store did not answer; studies that wait are read later")]
    private partial void LogStoreUnavailable();

    [LoggerMessage(3112, LogLevel.Error, "Reading a study in the background broke: {Error}")]
    private partial void LogBroken(string error);
}
