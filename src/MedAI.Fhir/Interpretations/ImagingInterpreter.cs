using System.Buffers;
using System.Security.Cryptography;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Images;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Interpretations;

/// <summary>The way from an ImagingStudy to a stored, audited report, or to the stated reasons why there is none.</summary>
/// <remarks>Nothing is answered before report, parts, provenance and audit row are durable in one transaction. Pixels live no longer than the request.</remarks>
public sealed partial class ImagingInterpreter(StudyImageSource source, ImageRuns runs, IResourceStore store, PublicAddress address, ScoreClock clock, IdSource ids,
    TimeProvider time, ILogger<ImagingInterpreter> log)
{
    public async ValueTask<InterpretationResult> InterpretAsync(IImagingModel model, InterpretationRequest request, CancellationToken cancellationToken)
    {
        var rented = new List<byte[]>();
        var keep = new List<ImageRunWrite>();
        try
        {
            var (plan, refusal) = await source.PlanAsync(Question(model, request), cancellationToken);
            if (plan is null)
            {
                var refused = ImageRefusals.Of(refusal!);
                var code = ErrorMap.CodeOf(refusal!);
                return await FailAsync(model, request, new Failure(code, [new FailureIssue(refused.Text, "ImagingStudy", refused.Code)]),
                    code is FailureCode.ImageSourceFailed or FailureCode.ImageSourceLate, cancellationToken);
            }

            var images = new List<ImageReading>(plan.Instances.Count + plan.Refusals.Count);
            await foreach (var fetched in source.FetchAsync(plan, cancellationToken))
            {
                using var image = fetched.Image;
                var (reading, fault) = await ReadAsync(model, request, fetched, keep, rented, cancellationToken);
                if (fault is { } kind)
                    return await FailAsync(model, request, ErrorMap.From(kind), mayPass: true, cancellationToken);
                images.Add(reading!);
            }
            images.AddRange(plan.Refusals.Select(r => new ImageReading { SeriesUid = r.Series?.Value, SopUid = r.Sop?.Value, Error = r.Error }));
            var interpretation = new StudyInterpretation
            {
                Manifest = model.Package.Manifest,
                Model = model.Identity,
                StudyUid = plan.Study.Value,
                StudyStarted = ImagingStudyReader.Started(request.ImagingStudy),
                Images = images,
            };
            return images.Exists(i => i.Read is not null)
                ? await ReportAsync(model, request, interpretation, keep, cancellationToken)
                : await RefuseAsync(model, request, interpretation, keep, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // Fail closed: what cannot be audited is not answered.
            LogStoreUnavailable(request.Request.Id);
            return new InterpretationResult.Failed(new Failure(FailureCode.StoreUnavailable), MayPass: true);
        }
        finally
        {
            runs.Release(keep);
            foreach (byte[] pixels in rented)
                ArrayPool<byte>.Shared.Return(pixels, clearArray: true);
        }
    }

    /// <summary>The stored report with all its parts, as it was answered first; null when it is not there any more.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> BundleOfAsync(InterpretationDetail detail, CancellationToken cancellationToken)
    {
        var parts = new List<WrittenResource>(detail.Parts.Count);
        var created = DateTimeOffset.MinValue;
        foreach (string part in detail.Parts)
        {
            if (part.Split('/') is not [var type, var id] || await store.ReadAsync(type, id, null, cancellationToken) is not { Deleted: false } resource)
                return null;
            parts.Add(new WrittenResource(type, id, resource.Json));
            created = resource.LastUpdated > created ? resource.LastUpdated : created;
        }
        return ReportBundle.Write(parts, address.FhirBase, created);
    }

    /// <summary>What the report's writers need to know; used for a report that is registered before it is read, too.</summary>
    public ReportContext Context(InterpretationRequest request, string reportId, string key, int version) => new()
    {
        PublicBase = address.FhirBase,
        Patient = request.Patient,
        // Our own patient is referred to locally, everybody else's absolutely.
        SubjectReference = request.Patient.FhirBase == address.FhirBase ? $"Patient/{request.Patient.Id}" : request.Patient.Reference,
        StudyReference = request.StudyReference,
        EncounterReference = request.EncounterReference,
        Created = time.GetUtcNow(),
        ReportId = reportId,
        ReportVersion = version,
        NewId = ids.NewId,
        Trigger = request.Trigger,
        DemoClock = clock.Pinned,
        IdempotencyKey = key,
    };

    /// <summary>The patient's compartment of our own store; null for another server's patient.</summary>
    public string? Compartment(InterpretationRequest request) => request.Patient.FhirBase == address.FhirBase ? request.Patient.Id : null;

    private static StudyRequest Question(IImagingModel model, InterpretationRequest request) => new()
    {
        ImagingStudy = request.ImagingStudy,
        Patient = request.PatientResource,
        PatientKey = request.Patient,
        Endpoints = request.Endpoints,
        Modalities = model.Package.Manifest.AsImaging().Imaging.Modalities,
        Examine = attributes => model.Examine(attributes).Reasons,
        Deadline = request.Deadline,
    };

    /// <summary>One image: refused before, refused by the model, or read. A fault of ours ends the whole study.</summary>
    private async Task<(ImageReading? Reading, InferenceErrorKind? Fault)> ReadAsync(IImagingModel model, InterpretationRequest request, InstanceOutcome fetched,
        List<ImageRunWrite> keep, List<byte[]> rented, CancellationToken cancellationToken)
    {
        var instance = fetched.Instance;
        var reading = new ImageReading
        {
            SeriesUid = instance.Series.Value,
            SopUid = instance.Sop.Value,
            SopClass = instance.SopClass,
            InstanceNumber = instance.Number,
            Refusals = fetched.Reasons,
            Error = fetched.Error,
        };
        if (fetched.Image is not { } image)
            return (reading, null);
        using var input = model.Prepare(image.Image, clock.Now);
        if (input.Abstention is { } abstention)
            return (reading with { Refusals = abstention.Reasons }, null);
        string frame = Convert.ToHexStringLower(SHA256.HashData(image.Image.Frame.Span));
        string key = InterpretationKeys.ImageRun(instance.Sop.Value, frame, input.InputHash, model.Identity);
        var (outcome, write) = await runs.ReadAsync(model, input, key, request.Deadline, cancellationToken);
        if (write is not null)
            keep.Add(write);
        var attributes = image.Image.Attributes;
        return outcome switch
        {
            Prediction prediction => (reading with
            {
                Read = new ReadImage(prediction, Picture(model, image.Image, rented), new PixelSource(frame, attributes.Rows, attributes.Columns, attributes.PatientAgeYears)),
            }, null),
            Abstention late => (reading with { Refusals = late.Reasons }, null),
            InferenceError error => (null, error.Kind),
            _ => throw new InvalidOperationException("Outcome is closed."),
        };
    }

    private static GreyPicture Picture(IImagingModel model, MedicalImage image, List<byte[]> rented)
    {
        var display = new DisplayPicture(model.Package.Manifest.AsImaging().Imaging);
        var (rows, columns) = display.SizeOf(image.Attributes.Rows, image.Attributes.Columns);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(rows * columns);
        rented.Add(pixels);
        display.Write(image, pixels.AsSpan(0, rows * columns));
        return new GreyPicture(rows, columns, pixels.AsMemory(0, rows * columns));
    }

    private async ValueTask<InterpretationResult> ReportAsync(IImagingModel model, InterpretationRequest request, StudyInterpretation interpretation,
        List<ImageRunWrite> keep, CancellationToken cancellationToken)
    {
        string key = InterpretationKeys.Report(request, interpretation);
        string readingKey = InterpretationKeys.Reading(request.Patient, request.ImagingStudy, model.Identity);
        var known = await store.FindResultAsync(key, cancellationToken);
        if (request.RegisteredReport is { } registered && known is not null)
        {
            // The same was asked for in another way meanwhile; what was registered is completed all the same, under a key of its own.
            key = InterpretationKeys.Again(key, registered);
        }
        else if (known is not null)
        {
            var told = InterpretationDetail.Read(known.Detail);
            if (await BundleOfAsync(told, cancellationToken) is { } stored)
            {
                await store.CommitAsync(new StoreTransaction
                {
                    ImageRuns = keep,
                    Reading = Reading(readingKey, StudyReadingState.Reported, known.ResultId, known.Detail),
                    Audit = Row(model, request) with { Outcome = "prediction", InputHash = key, ResultType = known.Resource.Type, ResultId = known.ResultId, Status = StatusCodes.Status200OK },
                }, cancellationToken);
                LogAnsweredAgain(request.Request.Id, model.Identity.Id);
                return new InterpretationResult.Reported(known.ResultId, told, stored);
            }
        }

        var context = Context(request, request.RegisteredReport ?? ids.NewId(), key, request.RegisteredReport is null ? 1 : 2);
        var written = InterpretationWriter.Write(interpretation, context);
        if (written.Problems.Count > 0)
        {
            LogBrokenResource(request.Request.Id, string.Join(", ", written.Problems));
            return await FailAsync(model, request, new Failure(FailureCode.Internal), mayPass: false, cancellationToken);
        }
        var detail = InterpretationDetail.Of(interpretation, [.. written.Resources.Select(r => $"{r.Type}/{r.Id}")]);
        byte[] utf8 = detail.ToUtf8();
        string? compartment = Compartment(request);
        var receipt = await store.CommitAsync(new StoreTransaction
        {
            Resources = [.. written.Resources.Select(r => new ResourceWrite(r.Type, r.Id, r.Json, context.Created, compartment))],
            ImageRuns = keep,
            Outcome = Outcome(model, request, "prediction", detail.Refusals, utf8) with { OutcomeId = context.ReportId, IdempotencyKey = key, ResultId = context.ReportId },
            Reading = Reading(readingKey, StudyReadingState.Reported, context.ReportId, utf8),
            Audit = Row(model, request) with
            {
                Outcome = "prediction",
                Reasons = Codes(detail.Refusals),
                InputHash = key,
                ResultType = "DiagnosticReport",
                ResultId = context.ReportId,
                Threshold = detail.Highest?.Threshold is { } t ? $"{t}@{model.Identity.Version}" : null,
                Status = StatusCodes.Status200OK,
            },
        }, cancellationToken);
        LogReported(request.Request.Id, model.Identity.Id, detail.ImagesRead, detail.ImagesRefused);
        if (receipt.ExistingResult is { } earlier)
        {
            // Two calls raced for the same study: the first one's report answers both.
            var first = InterpretationDetail.Read(earlier.Detail);
            if (await BundleOfAsync(first, cancellationToken) is { } bundle)
                return new InterpretationResult.Reported(earlier.ResultId, first, bundle);
        }
        return new InterpretationResult.Reported(context.ReportId, detail, written.Bundle);
    }

    private async ValueTask<InterpretationResult> RefuseAsync(IImagingModel model, InterpretationRequest request, StudyInterpretation interpretation,
        List<ImageRunWrite> keep, CancellationToken cancellationToken)
    {
        var (failure, mayPass) = ImageRefusals.AsFailure(interpretation.Images);
        var refusals = InterpretationDetail.Of(interpretation, []).Refusals;
        LogRefused(request.Request.Id, model.Identity.Id, Codes(refusals));
        if (failure.Code != FailureCode.Abstained)
        {
            await store.CommitAsync(new StoreTransaction
            {
                ImageRuns = keep,
                Audit = Row(model, request) with { Outcome = "error", Reasons = $"{failure.Code}: {Codes(refusals)}", Status = ErrorMap.StatusOf(failure.Code) },
            }, cancellationToken);
            return new InterpretationResult.Failed(failure, mayPass);
        }
        await store.CommitAsync(new StoreTransaction
        {
            ImageRuns = keep,
            Outcome = Outcome(model, request, "abstention", refusals, InterpretationDetail.Of(interpretation, []).ToUtf8()),
            Audit = Row(model, request) with { Outcome = "abstention", Reasons = Codes(refusals), Status = StatusCodes.Status422UnprocessableEntity },
        }, cancellationToken);
        return new InterpretationResult.Refused(interpretation, failure);
    }

    private async ValueTask<InterpretationResult> FailAsync(IImagingModel model, InterpretationRequest request, Failure failure, bool mayPass, CancellationToken cancellationToken)
    {
        LogFailed(request.Request.Id, model.Identity.Id, failure.Code);
        await store.CommitAsync(new StoreTransaction
        {
            Audit = Row(model, request) with { Outcome = "error", Reasons = failure.Code.ToString(), Status = ErrorMap.StatusOf(failure.Code) },
        }, cancellationToken);
        return new InterpretationResult.Failed(failure, mayPass);
    }

    private StudyReadingRow Reading(string key, StudyReadingState state, string reportId, ReadOnlyMemory<byte> detail) =>
        new(key, state, reportId, time.GetUtcNow(), 0, null, detail);

    private OutcomeWrite Outcome(IImagingModel model, InterpretationRequest request, string kind, IReadOnlyList<RefusalDetail> refusals, ReadOnlyMemory<byte> detail) => new()
    {
        OutcomeId = ids.NewId(),
        Kind = kind,
        Patient = request.Patient,
        ModelId = model.Identity.Id,
        ModelVersion = model.Identity.Version,
        ModelHash = model.Identity.Hash,
        AsOf = clock.Now,
        Reasons = Codes(refusals),
        Detail = detail,
    };

    private AuditRow Row(IImagingModel model, InterpretationRequest request) => AuditRow.Of(request.Request, ids, time, request.Trigger) with
    {
        Service = model.Identity.Id,
        HookInstance = request.HookInstance,
        User = request.User ?? request.Request.User,
        Patient = request.Patient,
        ModelId = model.Identity.Id,
        ModelVersion = model.Identity.Version,
        ModelHash = model.Identity.Hash,
    };

    private static string Codes(IEnumerable<RefusalDetail> refusals) => string.Join(',', refusals.Select(r => r.Code).Distinct());

    [LoggerMessage(3100, LogLevel.Information, "{RequestId} model {ModelId} read {Read} image(s) of a study and refused {Refused}")]
    private partial void LogReported(string requestId, string modelId, int read, int refused);

    [LoggerMessage(3101, LogLevel.Information, "{RequestId} model {ModelId} had this study before; its stored report answers")]
    private partial void LogAnsweredAgain(string requestId, string modelId);

    [LoggerMessage(3102, LogLevel.Information, "{RequestId} model {ModelId} read no image of a study: {Reasons}")]
    private partial void LogRefused(string requestId, string modelId, string reasons);

    [LoggerMessage(3103, LogLevel.Warning, "{RequestId} model {ModelId} could not read a study: {Code}")]
    private partial void LogFailed(string requestId, string modelId, FailureCode code);

    [LoggerMessage(3104, LogLevel.Error, "{RequestId} a report of ours broke its own rules: {Problems}")]
    private partial void LogBrokenResource(string requestId, string problems);

    [LoggerMessage(3105, LogLevel.Error, "{RequestId} the store could not be written; nothing was answered")]
    private partial void LogStoreUnavailable(string requestId);
}
