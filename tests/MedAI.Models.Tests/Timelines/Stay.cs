using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Timelines;

/// <summary>A stay under test: raw values by LOINC code and hour after time zero.</summary>
internal sealed class Stay
{
    public static readonly DateTimeOffset TimeZero = new(2150, 3, 1, 8, 30, 0, TimeSpan.FromHours(1));
    public static readonly MedAI.Models.Packages.ModelManifest Manifest = TestManifest.Create();
    public static readonly VariableTable Table = new(Manifest);

    private int _sources;

    public Stay(double hours = 12, VariableTable? table = null)
    {
        Builder = new PatientTimelineBuilder(table ?? Table, TimeZero.AddHours(hours))
        {
            Stay = new CareStay(TimeZero, null, IcuType.Medical, false, new SourceReference("Encounter/1")),
            Patient = new PatientFacts(new DateOnly(2090, 1, 1), Sex.Female, false),
        };
    }

    public PatientTimelineBuilder Builder { get; }

    public static ModelVariable Variable(string id) => Table.Find(id)!;

    /// <summary>A raw value with a UCUM unit; <paramref name="unit"/> null means none at all.</summary>
    public static RawMeasurement Raw(string loinc, double value, string? unit, double hour, string source = "Observation/x", MeasurementContext context = default,
        bool notTestable = false, VariableTable? table = null) => new()
        {
            Codes = (table ?? Table).FindCodes(TestManifest.Loinc, loinc),
            Value = value,
            UnitSystem = unit is null ? null : TestManifest.Ucum,
            UnitCode = unit,
            UnitText = unit,
            Effective = TimeZero.AddHours(hour),
            Context = context,
            NotTestable = notTestable,
            Source = new SourceReference(source),
        };

    public Stay Add(string loinc, double value, string? unit, double hour, MeasurementContext context = default, bool notTestable = false)
    {
        Builder.Add(Raw(loinc, value, unit, hour, $"Observation/{++_sources}", context, notTestable, Builder.Variables));
        return this;
    }

    public Stay Add(in RawMeasurement raw)
    {
        Builder.Add(raw);
        return this;
    }

    public PatientTimeline Build() => Builder.Build();

    /// <summary>The one measurement that the stay ended up with.</summary>
    public Measurement Single() => Assert.Single(Build().Measurements);

    /// <summary>The one rejection, of a stay that used nothing.</summary>
    public Rejection SingleRejection()
    {
        var timeline = Build();
        Assert.Empty(timeline.Measurements);
        return Assert.Single(timeline.Quality.Rejected);
    }

    public EncodedGrid Encode(double? age = 60) => new HourlyGridEncoder(Manifest, Builder.Variables).Encode(Build(), age);

    /// <summary>One variable's column: value, observed, hours since, per bin.</summary>
    public (float[] Values, float[] Observed, float[] HoursSince) Column(string id)
    {
        using var grid = Encode();
        int column = Builder.Variables.Find(id)!.SeriesIndex;
        var values = new float[grid.Steps];
        var observed = new float[grid.Steps];
        var since = new float[grid.Steps];
        for (int step = 0; step < grid.Steps; step++)
        {
            values[step] = grid.Values[step * grid.Series + column];
            observed[step] = grid.Observed[step * grid.Series + column];
            since[step] = grid.HoursSince[step * grid.Series + column];
        }
        return (values, observed, since);
    }
}
