using System.Globalization;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>The sentences about a result, the same in the resource, on the page and on a card.</summary>
/// <remarks>Plain text: whoever puts it into HTML or markdown encodes it with <see cref="SafeText"/>. Times are told in the offset of as-of.</remarks>
public static class ResultWording
{
    /// <summary>What contributions are and are not. Stands wherever contributions are shown.</summary>
    public const string NotCauses = "These contributed to the model's estimate; not causes, not treatment targets.";

    /// <summary>Said wherever the clock is pinned to the samples.</summary>
    public const string DemoClock = "Demonstration: the clock is pinned to the time of the sample patients. This is not a current estimate.";

    /// <summary>A risk for people: one decimal, never a certain 0 or 100.</summary>
    public static string Percent(double probability) => probability switch
    {
        < 0.001 => "below 0.1 %",
        > 0.999 => "above 99.9 %",
        _ => string.Create(CultureInfo.InvariantCulture, $"{probability * 100:0.0} %"),
    };

    /// <summary>A measured value with up to four significant digits and its unit.</summary>
    public static string Value(double value, string ucum)
    {
        string number = Number(value);
        string unit = UnitText.Of(ucum);
        return unit.Length == 0 ? number : unit == "%" || !unit.StartsWith('/') ? $"{number} {unit}" : number + unit;
    }

    public static string Number(double value)
    {
        if (value == 0 || !double.IsFinite(value))
            return "0";
        int digits = 3 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return digits is >= 0 and <= 15
            ? Math.Round(value, digits).ToString("0.###############", CultureInfo.InvariantCulture)
            : Math.Round(value).ToString("0", CultureInfo.InvariantCulture);
    }

    /// <summary>A time as read on a ward: date, hour and minute, with the offset named.</summary>
    public static string Time(DateTimeOffset instant, TimeSpan offset)
    {
        DateTimeOffset local = instant.ToOffset(offset);
        return offset == TimeSpan.Zero
            ? local.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
            : local.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
    }

    /// <summary>One contribution: title, newest value with its time, direction and size.</summary>
    public static string Contribution(Contribution contribution, TimeSpan offset)
    {
        var text = new StringBuilder(contribution.Title);
        if (contribution.Newest is { } newest)
            text.Append(CultureInfo.InvariantCulture, $" {Value(newest.Value, newest.Unit)} ({Time(newest.Effective, offset)})");
        if (KindLabel(contribution.Kind) is { } label)
            text.Append(CultureInfo.InvariantCulture, $" [{label}]");
        return text.Append(CultureInfo.InvariantCulture, $" {(contribution.LogOdds >= 0 ? "raised" : "lowered")} it ({contribution.LogOdds:+0.00;-0.00;0.00} log-odds)").ToString();
    }

    /// <summary>Word for what a contribution is about; null for an ordinary measurement.</summary>
    public static string? KindLabel(ContributionKind kind) => kind switch
    {
        ContributionKind.Treatment => "treatment",
        ContributionKind.Demographic => "patient characteristic",
        ContributionKind.Missingness => "pattern of what was not measured",
        _ => null,
    };

    /// <summary>Why the estimate is what it is: estimate, base rate, top contributions.</summary>
    public static string Rationale(Prediction prediction, ModelManifest manifest)
    {
        Estimate main = prediction.Estimates[0];
        var text = new StringBuilder(600);
        text.Append(CultureInfo.InvariantCulture, $"Estimated probability of {main.OutcomeText}: {Percent(main.Value.Value)}. ");
        text.Append(CultureInfo.InvariantCulture, $"Base rate: {Percent(manifest.Outcome.BaseRate)} in {manifest.Outcome.BaseRateCohort}.");
        int top = Math.Min(manifest.Explanation.Top, prediction.Explanation.Contributions.Count);
        if (top > 0)
        {
            text.Append(" Largest contributions by ").Append(prediction.Explanation.Method).Append(": ");
            for (int i = 0; i < top; i++)
                text.Append(i == 0 ? "" : "; ").Append(Contribution(prediction.Explanation.Contributions[i], prediction.AsOf.Offset));
            text.Append(". ").Append(NotCauses);
        }
        return text.ToString();
    }

    /// <summary>What the data lacked: missing, stale, rejected, converted, and remarks. Never empty.</summary>
    public static string Data(DataQualityReport quality)
    {
        var text = new StringBuilder(300);
        text.Append(CultureInfo.InvariantCulture, $"{quality.Used} values used");
        if (quality.Converted > 0)
            text.Append(CultureInfo.InvariantCulture, $", {quality.Converted} of them converted to the model's unit");
        text.Append('.');
        Append(text, "Not measured in the window, so the estimate was made without: ", [.. quality.Missing.Select(v => v.Title)]);
        Append(text, "Too old to be carried to the time of the estimate: ",
            [.. quality.Stale.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Title} ({v.NewestAgeHours:0} h)"))]);
        Append(text, "Not used: ", [.. quality.Rejected.GroupBy(r => r.Reason).OrderBy(g => g.Key)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {(g.Count() == 1 ? "value" : "values")} ({QualityWords.Of(g.Key)})"))]);
        Append(text, "Remarks: ", [.. quality.Remarks.Select(QualityWords.OfRemark)]);
        if (!quality.Missing.Any())
            text.Append(" Every variable of the model was measured.");
        return text.ToString();
    }

    /// <summary>The window that the data lie in and the time of the newest input.</summary>
    public static string Window(DateTimeOffset timeZero, DateTimeOffset asOf, DateTimeOffset? newest)
    {
        string window = string.Create(CultureInfo.InvariantCulture,
            $"Data from {Time(timeZero, asOf.Offset)} to {Time(asOf, asOf.Offset)} ({(asOf - timeZero).TotalHours:0.#} h)");
        return newest is { } instant ? $"{window}; newest input {Time(instant, asOf.Offset)}" : window;
    }

    private static void Append(StringBuilder text, string lead, string[] items)
    {
        if (items.Length > 0)
            text.Append(' ').Append(lead).AppendJoin(", ", items).Append('.');
    }
}
