using MedAI.Models.Timelines;

namespace MedAI.Fhir.Writing;

/// <summary>Words for the codes of a data-quality report.</summary>
public static class QualityWords
{
    public static string Of(RejectionReason reason) => reason switch
    {
        RejectionReason.UnknownUnit => "unit not known for this variable",
        RejectionReason.MissingUnit => "no unit",
        RejectionReason.OutsideHardRange => "not plausible",
        RejectionReason.AfterAsOf => "later than the estimate",
        RejectionReason.NotYetAvailable => "not yet reported at the time of the estimate",
        RejectionReason.BeforeTimeZero => "before the stay",
        RejectionReason.DayPrecisionOnly => "only a day, no time",
        RejectionReason.NoTime => "no time",
        RejectionReason.UnusableStatus => "status not usable",
        RejectionReason.EnteredInError => "entered in error",
        RejectionReason.WrongSpecimen => "other specimen, site or method",
        RejectionReason.NotNumeric => "not a number",
        RejectionReason.DataAbsent => "value stated as absent",
        RejectionReason.Duplicate => "duplicate",
        RejectionReason.SupersededVersion => "replaced by a newer version",
        RejectionReason.ForeignSubject => "other patient",
        RejectionReason.TimingNotSupported => "timing not supported",
        RejectionReason.IncompleteParts => "parts missing",
        RejectionReason.NotComparable => "not comparable assay or method",
        RejectionReason.UnusableComparator => "only a bound was given",
        _ => reason.ToString(),
    };

    public static string Of(MeasurementFlags flag) => flag switch
    {
        MeasurementFlags.Converted => "converted from another unit",
        MeasurementFlags.UnitAlias => "unit given as a display word",
        MeasurementFlags.Clipped => "extreme, limited to the believable range",
        MeasurementFlags.Comparator => "bound (< or >) used as the value",
        MeasurementFlags.IssuedTime => "time taken from the report",
        MeasurementFlags.Derived => "computed from other measurements",
        MeasurementFlags.PulseOximetry => "pulse oximetry in place of arterial saturation",
        MeasurementFlags.NotTestable => "a part could not be tested",
        MeasurementFlags.Mapped => "mapped from a local code",
        MeasurementFlags.MethodAssumed => "cuff or arterial line not stated, assumed",
        MeasurementFlags.ClockAhead => "source clock ahead",
        MeasurementFlags.HighSensitivityAssay => "high-sensitivity assay",
        MeasurementFlags.PeriodEnd => "time is the end of a period",
        MeasurementFlags.SpecimenUnknown => "specimen named, but not known",
        _ => flag.ToString(),
    };

    /// <summary>A remark's words; a code without its own sentence is read out.</summary>
    public static string OfRemark(string code) => code switch
    {
        "time-zero-from-encounter" => "start of the intensive-care stay taken from the encounter, not from a location",
        "birth-date-year-only" => "only the year of birth is known",
        "birth-date-month-only" => "only the month of birth is known",
        "birth-date-missing" => "date of birth unknown",
        "sex-unknown" => "sex unknown",
        "icu-type-unknown" => "kind of intensive-care unit unknown",
        "clock-ahead" => "a source's clock was ahead by up to 5 minutes",
        "specimen-unknown" => "whether the blood was arterial could not be read from the named specimen; what the code of the value says was taken",
        "search-outcome-ignored" => "a warning of the data source was ignored",
        _ => code.Replace('-', ' '),
    };
}
