using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Writing.Imaging;

namespace MedAI.Fhir.Interpretations;

/// <summary>Why images of a study were not read, as codes and sentences.</summary>
internal static class ImageRefusals
{
    /// <summary>One entry per reason and image, in the order of the study.</summary>
    public static IEnumerable<RefusalDetail> Of(IEnumerable<ImageReading> images)
    {
        foreach (var image in images)
        {
            if (image.Error is { } error)
                yield return Of(error);
            foreach (var reason in image.Refusals)
                yield return new RefusalDetail(reason.Code, reason.Text);
        }
    }

    public static RefusalDetail Of(DicomWebError error) => new(RefusalWording.CodeOf(error.Kind), RefusalWording.Of(error));

    /// <summary>A study of which nothing was read, as a failure; the gravest cause gives the status, every image's reason is an issue.</summary>
    public static (Failure Failure, bool MayPass) AsFailure(IReadOnlyList<ImageReading> images)
    {
        var errors = images.Select(i => i.Error).OfType<DicomWebError>().ToArray();
        FailureIssue[] issues = [.. images.SelectMany(Issues)];
        if (errors.Length == 0)
            return (new Failure(FailureCode.Abstained, issues), false);
        // Another person's image is the gravest; then what may pass, because coming back can help with the rest of the study.
        var gravest = errors.MinBy(e => Gravity(ErrorMap.CodeOf(e)))!;
        var code = ErrorMap.CodeOf(gravest);
        bool onlySome = errors.Length < images.Count;
        return onlySome && Gravity(code) > 1
            ? (new Failure(FailureCode.Abstained, issues), false)
            : (new Failure(code, issues), code is FailureCode.ImageSourceFailed or FailureCode.ImageSourceLate);
    }

    private static IEnumerable<FailureIssue> Issues(ImageReading image)
    {
        string? where = image.SopUid is { } sop ? $"ImagingStudy.series.instance.where(uid='{sop}')"
            : image.SeriesUid is { } series ? $"ImagingStudy.series.where(uid='{series}')"
            : "ImagingStudy.series";
        return Of([image]).Select(r => new FailureIssue(r.Text, where, r.Code));
    }

    private static int Gravity(FailureCode code) => code switch
    {
        FailureCode.ForeignImage => 0,
        FailureCode.ImageSourceFailed or FailureCode.ImageSourceLate => 1,
        _ => 2,
    };
}
