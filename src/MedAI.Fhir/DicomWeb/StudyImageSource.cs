using System.Runtime.CompilerServices;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Reading;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Finds a study's images in the PACS that holds them, and fetches those that are the patient's.</summary>
/// <remarks>Thread-safe. Nothing but a configured origin is ever contacted, whatever the study and its endpoints say.</remarks>
public sealed class StudyImageSource(OutboundGuard guard, IOptions<DicomWebOptions> options, TimeProvider time, ILogger<StudyImageSource> log)
{
    private readonly DicomWebOptions _options = options.Value;

    /// <summary>Decides what to fetch, and from where; asks the PACS for the list where the study has none.</summary>
    /// <returns>A plan, or why the study as a whole is refused.</returns>
    public async Task<(StudyPlan? Plan, DicomWebError? Refusal)> PlanAsync(StudyRequest request, CancellationToken cancellationToken)
    {
        var (plan, refusal) = await TryPlanAsync(request, cancellationToken);
        if (refusal is not null)
            DicomWebLog.StudyRefused(log, refusal.Kind, refusal.Cause?.Kind);
        else
            DicomWebLog.Planned(log, plan!.Instances.Count, plan.Refusals.Count);
        return (plan, refusal);
    }

    /// <summary>Fetches the images of a plan in its order, several at once; each is to be disposed by who receives it.</summary>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async IAsyncEnumerable<InstanceOutcome> FetchAsync(StudyPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var fetcher = new InstanceFetcher(plan, _options, time, log);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task<InstanceOutcome>>();
        int next = 0;
        try
        {
            while (next < plan.Instances.Count || running.Count > 0)
            {
                // At most this many images are in memory, also when they are read more slowly than they come.
                while (next < plan.Instances.Count && running.Count < _options.ParallelFetches)
                    running.Enqueue(fetcher.FetchAsync(plan.Instances[next++], left.Token));
                yield return await running.Dequeue();
            }
        }
        finally
        {
            await left.CancelAsync();
            foreach (var task in running)
            {
                try
                {
                    (await task).Image?.Dispose();
                }
                catch (OperationCanceledException)
                {
                    // Nobody wants it any more.
                }
            }
        }
    }

    private async Task<(StudyPlan? Plan, DicomWebError? Refusal)> TryPlanAsync(StudyRequest request, CancellationToken cancellationToken)
    {
        if (!FhirJson.Is(FhirJson.Member(request.Patient, "resourceType"u8), "Patient"u8) || FhirJson.String(FhirJson.Member(request.Patient, "id"u8)) != request.PatientKey.Id)
            return (null, new DicomWebError(DicomWebErrorKind.StudySubjectMismatch));
        if (ImagingStudyReader.Read(request.ImagingStudy, request.PatientKey, out var study) is { } unusable)
            return (null, new DicomWebError(unusable));
        var endpoints = new StudyEndpoints(request, study!, guard, _options.DefaultPacs);
        var list = new InstanceList(request, study!.Uid);
        if (study.Series.Count == 0)
        {
            var (service, refusal) = endpoints.Of(null);
            if (service is null)
                return (null, new DicomWebError(refusal!.Value));
            if (await AskAsync(list, service, null, request, cancellationToken) is { } failed)
                return (null, failed);
        }
        foreach (var series in study.Series)
        {
            if (list.Instances.Count > _options.MaxInstances)
                break;
            if (series.Uid is null)
                list.Refuse(null, null, DicomWebErrorKind.UidInvalid);
            else if (!list.IsWanted(series.Modality))
                list.Refuse(series.Uid, null, DicomWebErrorKind.ModalityNotRead);
            else if (endpoints.Of(series) is var (service, refusal) && service is null)
                list.Refuse(series.Uid, null, refusal!.Value);
            else if (series.Instances.Count > 0)
                list.Add(series, service);
            else if (await AskAsync(list, service, series.Uid, request, cancellationToken) is { } failed)
                list.Refuse(series.Uid, null, failed);
        }
        if (list.Instances.Count > _options.MaxInstances)
            return (null, new DicomWebError(DicomWebErrorKind.TooManyInstances));
        if (list.Instances.Count == 0 && list.Refusals.Count == 0)
            return (null, new DicomWebError(DicomWebErrorKind.NoInstances));
        return (new StudyPlan(request, study.Uid, list.Instances, list.Refusals), null);
    }

    /// <summary>QIDO-RS: the instances of a study or series that the resource does not list.</summary>
    private async Task<DicomWebError?> AskAsync(InstanceList list, WadoBase service, DicomUid? series, StudyRequest request, CancellationToken cancellationToken)
    {
        // One more than allowed, so that a list that was cut off is noticed.
        string path = (series is null ? $"studies/{list.Study}/instances" : $"studies/{list.Study}/series/{series}/instances") + $"?includefield=all&limit={_options.MaxInstances + 1}";
        var ask = new OutboundAsk { Accept = DicomJsonAnswer.MediaType, MaxBytes = _options.MaxMetadataBytes, Deadline = request.Deadline };
        var answered = await OutboundGuard.AskAsync(service.At(path), ask, DicomJsonAnswer.ReadAsync, cancellationToken);
        if (!answered.TryGet(out var found, out var failure))
        {
            return failure.Kind == OutboundErrorKind.Unreadable
                ? new DicomWebError(DicomWebErrorKind.MetadataUnreadable)
                : new DicomWebError(DicomWebErrorKind.SourceFailed, failure);
        }
        using (found)
        {
            foreach (var instance in found.DataSets)
                list.Add(instance, service, series);
            return found.Count == 0 && series is not null ? new DicomWebError(DicomWebErrorKind.NoInstances) : null;
        }
    }
}
