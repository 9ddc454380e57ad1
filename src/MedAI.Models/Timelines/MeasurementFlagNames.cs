using System.Diagnostics.CodeAnalysis;

namespace MedAI.Models.Timelines;

/// <summary>Stable kebab-case names of the flags, as manifests and reports spell them.</summary>
public static class MeasurementFlagNames
{
    private static readonly (MeasurementFlags Flag, string Name)[] All =
    [
        (MeasurementFlags.Converted, "converted"),
        (MeasurementFlags.UnitAlias, "unit-alias"),
        (MeasurementFlags.Clipped, "clipped"),
        (MeasurementFlags.Comparator, "comparator"),
        (MeasurementFlags.IssuedTime, "issued-time"),
        (MeasurementFlags.Derived, "derived"),
        (MeasurementFlags.PulseOximetry, "pulse-oximetry"),
        (MeasurementFlags.NotTestable, "not-testable"),
        (MeasurementFlags.Mapped, "mapped"),
        (MeasurementFlags.MethodAssumed, "method-assumed"),
        (MeasurementFlags.ClockAhead, "clock-ahead"),
        (MeasurementFlags.HighSensitivityAssay, "high-sensitivity-assay"),
        (MeasurementFlags.PeriodEnd, "period-end"),
        (MeasurementFlags.SpecimenUnknown, "specimen-unknown"),
    ];

    /// <summary>Name of a single flag.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None or several flags.</exception>
    public static string NameOf(MeasurementFlags flag)
    {
        foreach (var (known, name) in All)
        {
            if (known == flag)
                return name;
        }
        throw new ArgumentOutOfRangeException(nameof(flag), "One flag has one name.");
    }

    /// <summary>The flag of a name; false when there is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out MeasurementFlags flag)
    {
        foreach (var (known, knownName) in All)
        {
            if (knownName == name)
            {
                flag = known;
                return true;
            }
        }
        flag = MeasurementFlags.None;
        return false;
    }
}
