using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Limits;
using MedAI.Models.Images;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Fetches one image in two questions: its description, and, when that is the patient's and can be read, its pixels.</summary>
internal sealed class InstanceFetcher(StudyPlan plan, DicomWebOptions options, TimeProvider time, ILogger log)
{
    public async Task<InstanceOutcome> FetchAsync(StudyInstance instance, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        var outcome = await TryFetchAsync(instance, cancellationToken);
        if (outcome.Error is { } error)
            DicomWebLog.ImageRefused(log, error.Kind, error.Cause?.Kind);
        else if (outcome.Reasons.Count > 0)
            DicomWebLog.ImageNotRead(log, outcome.Reasons[0].Code, outcome.Reasons.Count);
        else
            DicomWebLog.Fetched(log, outcome.Image!.Image.Frame.Length, time.GetElapsedTime(start).TotalMilliseconds);
        return outcome;
    }

    private async Task<InstanceOutcome> TryFetchAsync(StudyInstance instance, CancellationToken cancellationToken)
    {
        var ask = new OutboundAsk { Accept = DicomJsonAnswer.MediaType, MaxBytes = options.MaxMetadataBytes, Deadline = plan.Request.Deadline };
        var described = await OutboundGuard.AskAsync(instance.Metadata, ask, DicomJsonAnswer.ReadAsync, cancellationToken);
        if (!described.TryGet(out var metadata, out var failure))
            return Refused(instance, Failed(failure, DicomWebErrorKind.MetadataUnreadable));
        AgeAtStudy age;
        ImageAttributes attributes;
        using (metadata)
        {
            if (metadata.Count != 1)
                return Refused(instance, new DicomWebError(DicomWebErrorKind.MetadataUnreadable));
            var said = metadata.DataSets.First();
            if (Identity(said, instance) is { } foreign)
                return Refused(instance, new DicomWebError(foreign));
            age = AgeAtStudy.Of(plan.Request.Patient, said);
            var (tables, unread) = await FetchTablesAsync(said, instance, cancellationToken);
            if (unread is not null)
                return Refused(instance, unread);
            attributes = ImageAttributesReader.Read(said, plan.Request.Patient, age, tables);
        }
        var reasons = plan.Request.Examine?.Invoke(attributes) ?? [];
        if (reasons.Count == 0)
            reasons = PixelFormatRules.Check(attributes);
        if (reasons.Count > 0)
            return new InstanceOutcome(instance, null, reasons, null);
        // Known before a byte of it is asked for or memory is taken.
        if (attributes.FrameBytes > options.MaxFrameBytes)
            return Refused(instance, new DicomWebError(DicomWebErrorKind.ImageTooLarge));
        var (pixels, refused) = await FetchFrameAsync(instance, (int)attributes.FrameBytes, cancellationToken);
        return pixels is null ? Refused(instance, refused!) : new InstanceOutcome(instance, new StudyImage(instance, attributes, age, pixels), [], null);
    }

    /// <summary>Whether the image is the one that was asked for, and the patient's.</summary>
    private DicomWebErrorKind? Identity(DicomAttributes image, StudyInstance instance) =>
        image.Text(DicomTag.StudyInstanceUid) != instance.Study.Value || image.Text(DicomTag.SeriesInstanceUid) != instance.Series.Value
            || image.Text(DicomTag.SopInstanceUid) != instance.Sop.Value
            ? DicomWebErrorKind.StudyMismatch
            : PatientNumberCheck.Refusal(image, plan.Request.Patient, options.PatientNumbers);

    /// <summary>Words of the tables that the server did not write into the description; a table at an address that is not asked stays without.</summary>
    private async Task<(Dictionary<string, ushort[]> Tables, DicomWebError? Refusal)> FetchTablesAsync(DicomAttributes image, StudyInstance instance, CancellationToken cancellationToken)
    {
        var tables = new Dictionary<string, ushort[]>();
        foreach (var (sequence, address, entries) in ImageAttributesReader.TablesElsewhere(image))
        {
            if (instance.BulkData(address) is not { } target)
                continue;
            var ask = new OutboundAsk { Accept = FrameAnswer.BulkAccept, MaxBytes = (entries * 2L) + FrameAnswer.Overhead, Deadline = plan.Request.Deadline };
            var answered = await OutboundGuard.AskAsync(target, ask, (answer, token) => FrameAnswer.ReadAsync(answer, entries, entries * 2, token), cancellationToken);
            if (!answered.TryGet(out var answer, out var failure))
                return (tables, Failed(failure, DicomWebErrorKind.MetadataUnreadable));
            using var octets = answer.Octets;
            if (octets is not null && DicomAttributes.WordsOf(octets.Memory.Span, entries) is { } words)
                tables.Add(sequence, words);
        }
        return (tables, null);
    }

    private static InstanceOutcome Refused(StudyInstance instance, DicomWebError error) => new(instance, null, [], error);

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
