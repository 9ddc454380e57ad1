using MedAI.Fhir.Access.Outbound;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Fetches one image in two questions: its description, and, when that is the patient's and can be read, its pixels.</summary>
internal sealed class InstanceFetcher(StudyPlan plan, DicomWebOptions options, TimeProvider time, ILogger log)
{
    public async Task<InstanceOutcome> FetchAsync(StudyInstance instance, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        var (image, refusal) = await TryFetchAsync(instance, cancellationToken);
        if (refusal is not null)
            DicomWebLog.ImageRefused(log, refusal.Kind, refusal.Detail, refusal.Cause?.Kind);
        else
            DicomWebLog.Fetched(log, image!.Pixels.Length, time.GetElapsedTime(start).TotalMilliseconds);
        return new InstanceOutcome(instance, image, refusal);
    }

    private async Task<(StudyImage? Image, DicomWebError? Refusal)> TryFetchAsync(StudyInstance instance, CancellationToken cancellationToken)
    {
        var ask = new OutboundAsk { Accept = DicomJsonAnswer.MediaType, MaxBytes = options.MaxMetadataBytes, Deadline = plan.Request.Deadline };
        var described = await OutboundGuard.AskAsync(instance.Service.At(instance.Path + "/metadata"), ask, DicomJsonAnswer.ReadAsync, cancellationToken);
        if (!described.TryGet(out var metadata, out var failure))
            return (null, Failed(failure, DicomWebErrorKind.MetadataUnreadable));
        using (metadata)
        {
            if (metadata.Count != 1)
                return (null, new DicomWebError(DicomWebErrorKind.MetadataUnreadable));
            var attributes = metadata.DataSets.First();
            if (Refusal(attributes, instance, out var layout) is { } refusal)
                return (null, refusal);
            var (pixels, refused) = await FetchFrameAsync(instance, (int)layout.ByteLength, cancellationToken);
            return pixels is null ? (null, refused) : (new StudyImage(instance, AgeAtStudy.Of(plan.Request.Patient, attributes), pixels), null);
        }
    }

    /// <summary>Everything that can be wrong before pixels are asked for; whose image it is comes first.</summary>
    private DicomWebError? Refusal(DicomAttributes image, StudyInstance instance, out PixelLayout layout)
    {
        layout = default;
        if (image.Text(DicomTag.StudyInstanceUid) != instance.Study.Value || image.Text(DicomTag.SeriesInstanceUid) != instance.Series.Value
            || image.Text(DicomTag.SopInstanceUid) != instance.Sop.Value)
            return new DicomWebError(DicomWebErrorKind.StudyMismatch);
        if (PatientNumberCheck.Refusal(image, plan.Request.Patient, options.PatientNumbers) is { } foreign)
            return new DicomWebError(foreign);
        if (image.Text(DicomTag.Modality) is { } modality && plan.Request.Modalities.Count > 0 && !plan.Request.Modalities.Contains(modality))
            return new DicomWebError(DicomWebErrorKind.ModalityNotRead);
        if (PixelLayout.Read(image, out layout) is { } reason)
            return new DicomWebError(DicomWebErrorKind.ImageUnsupported, Detail: reason);
        return layout.ByteLength > options.MaxFrameBytes ? new DicomWebError(DicomWebErrorKind.ImageTooLarge) : null;
    }

    private async Task<(PooledBytes? Pixels, DicomWebError? Refusal)> FetchFrameAsync(StudyInstance instance, int length, CancellationToken cancellationToken)
    {
        var ask = new OutboundAsk { Accept = FrameAnswer.Accept, MaxBytes = length + (long)FrameAnswer.Overhead, Deadline = plan.Request.Deadline };
        var answered = await OutboundGuard.AskAsync(instance.Service.At(instance.Path + "/frames/1"), ask,
            (answer, token) => FrameAnswer.ReadAsync(answer, length, token), cancellationToken);
        if (!answered.TryGet(out var frame, out var failure))
        {
            return (null, failure.Kind == OutboundErrorKind.TooLarge
                ? new DicomWebError(DicomWebErrorKind.FrameLengthWrong)
                : Failed(failure, DicomWebErrorKind.FrameUnreadable));
        }
        return frame.Refusal is { } refusal ? (null, new DicomWebError(refusal)) : (frame.Pixels, null);
    }

    private static DicomWebError Failed(OutboundError failure, DicomWebErrorKind unreadable) => failure.Kind == OutboundErrorKind.Unreadable
        ? new DicomWebError(unreadable)
        : new DicomWebError(DicomWebErrorKind.SourceFailed, failure);
}
