using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The sentences about a read study, the same in the resources and on the page.</summary>
/// <remarks>Plain text: whoever puts it into HTML or markdown encodes it with <see cref="SafeText"/>.</remarks>
public static partial class InterpretationWording
{
    /// <summary>Stands on top of every report.</summary>
    public const string Unverified = "AI result, not verified by a radiologist.";

    /// <summary>What a low probability does not mean.</summary>
    public const string LowIsNotAbsent = "A low probability does not rule out disease; what the model was not made for it cannot see.";

    /// <summary>What a report says when nothing was read.</summary>
    public const string NothingSaid = "The model says nothing about this study.";

    /// <summary>What an interval of an ensemble means.</summary>
    public const string IntervalMeaning = "The interval says how far the members of the model disagree; it is no confidence interval of the truth.";

    /// <summary>How to read the colours.</summary>
    public const string MapMeaning = "The colours show where the evidence of the model lies, relative to the strongest place of the same image. They are drawn whatever the probability is, cannot be compared between images, and outline no lesion.";

    /// <summary>What was read, what came out, what was refused and why.</summary>
    /// <remarks>Names the model by id and version, so that no word of a title can read as a finding.</remarks>
    public static string Conclusion(StudyInterpretation interpretation)
    {
        ArgumentNullException.ThrowIfNull(interpretation);
        bool read = interpretation.Images.Any(i => i.Read is not null);
        var text = new StringBuilder(read ? $"{Unverified} " : "").Append(Coverage(interpretation)).Append('.');
        for (int i = 0; i < interpretation.Images.Count; i++)
        {
            if (interpretation.Images[i].Read is not { } image)
                continue;
            foreach (Estimate estimate in image.Prediction.Estimates)
                text.Append(CultureInfo.InvariantCulture, $" {Capital(Label(interpretation.Images[i], i))}: {EstimateSentence(estimate)}");
        }
        foreach ((string labels, string reason) in Refusals(interpretation))
            text.Append(CultureInfo.InvariantCulture, $" Not read: {labels}. {reason}");
        return text.Append(' ').Append(read ? LowIsNotAbsent : NothingSaid).ToString();
    }

    /// <summary>How much of the study was read.</summary>
    public static string Coverage(StudyInterpretation interpretation)
    {
        ArgumentNullException.ThrowIfNull(interpretation);
        int images = interpretation.Images.Count(i => i.SopUid is not null), others = interpretation.Images.Count - images;
        string model = $"{interpretation.Model.Id} {interpretation.Model.Version}";
        string coverage = images == 0
            ? $"{model} read nothing of the study"
            : string.Create(CultureInfo.InvariantCulture, $"{model} read {interpretation.Images.Count(i => i.Read is not null)} of {images} {(images == 1 ? "image" : "images")} of the study");
        return others == 0
            ? coverage
            : string.Create(CultureInfo.InvariantCulture, $"{coverage}; {others} {(others == 1 ? "series or part was" : "series or parts were")} refused as a whole");
    }

    /// <summary>One estimate in one sentence.</summary>
    public static string EstimateSentence(Estimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"estimated probability of {estimate.OutcomeText} {ResultWording.Percent(estimate.Value.Value)}");
        if (estimate.Interval is var (low, high))
            text.Append(CultureInfo.InvariantCulture, $" (members of the model: {ResultWording.Percent(low.Value)} to {ResultWording.Percent(high.Value)})");
        if (estimate.Threshold is { } threshold)
            text.Append(CultureInfo.InvariantCulture, $", at or above the threshold \"{ShortTitle(threshold.Title)}\" ({ResultWording.Percent(threshold.Value)})");
        else
            text.Append(", below every threshold");
        return text.Append('.').ToString();
    }

    /// <summary>Every reason with all that was refused for it, in the order of the study.</summary>
    public static IReadOnlyList<(string Labels, string Reason)> Refusals(StudyInterpretation interpretation)
    {
        ArgumentNullException.ThrowIfNull(interpretation);
        List<(List<string> Labels, string Reason)> refusals = [];
        for (int i = 0; i < interpretation.Images.Count; i++)
        {
            ImageReading reading = interpretation.Images[i];
            if (Reason(reading) is not { } reason)
                continue;
            int known = refusals.FindIndex(r => r.Reason == reason);
            if (known < 0)
                refusals.Add(([Label(reading, i)], reason));
            else
                refusals[known].Labels.Add(Label(reading, i));
        }
        return [.. refusals.Select(r => (string.Join(", ", r.Labels), r.Reason))];
    }

    /// <summary>Why an image was not read; null when it was.</summary>
    public static string? Reason(ImageReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        if (reading.Read is not null)
            return null;
        if (reading.Error is { } error)
            return RefusalWording.Of(error);
        return reading.Refusals.Count == 0 ? "The reason is not known." : string.Join(' ', reading.Refusals.Select(r => r.Text));
    }

    /// <summary>"Image 2 (instance 7)", or the series that was refused as a whole.</summary>
    public static string Label(ImageReading reading, int index)
    {
        ArgumentNullException.ThrowIfNull(reading);
        if (reading.SopUid is null)
            return reading.SeriesUid is { } series ? $"series {ShortUid(series)}" : "a part of the study";
        return reading.InstanceNumber is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"image {index + 1} (instance {number})")
            : string.Create(CultureInfo.InvariantCulture, $"image {index + 1}");
    }

    /// <summary>The end of a UID, by which people tell images of one study apart.</summary>
    public static string ShortUid(string uid)
    {
        ArgumentNullException.ThrowIfNull(uid);
        return uid.Length <= 14 ? uid : $"…{uid[^12..]}";
    }

    /// <summary>A threshold's title up to its explanation.</summary>
    public static string ShortTitle(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        int colon = title.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? title[..colon] : title;
    }

    /// <summary>The text with a capital first letter.</summary>
    public static string Capital(string text) => string.IsNullOrEmpty(text) ? "" : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>True for words that could be read as an all-clear, which a model that looks for one thing never gives.</summary>
    public static bool SoundsLikeAllClear(string text) => AllClear().IsMatch(text);

    [GeneratedRegex(@"\b(normal|unremarkable|healthy|negative for)\b|\bno (evidence of |sign of |signs of |acute |relevant )?(pneumonia|disease|finding|findings|abnormality|abnormalities)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 200)]
    private static partial Regex AllClear();
}
