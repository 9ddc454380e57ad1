using MedAI.Models.Timelines;

namespace MedAI.Models.Tests.Timelines;

/// <summary>Seeded raw values that meet every rule: repeats, odd units, parts, several codes, wrong specimens, clocks ahead.</summary>
internal static class Believable
{
    private static readonly (string Loinc, string? Unit, double Low, double High, MeasurementContext Context)[] Kinds =
    [
        ("8867-4", "/min", 40, 150, default),
        ("8867-4", "{beats}/min", 10, 360, default),
        ("76282-3", "/min", 40, 150, default),
        ("8310-5", "Cel", 35, 40, default),
        ("8310-5", "[degF]", 95, 104, default),
        ("8331-1", "F", 95, 104, default),
        ("2823-3", "mmol/L", 3, 6, default),
        ("6298-4", "meq/L", 3, 6, default),
        ("2345-7", "mg/dL", 60, 300, default),
        ("14749-6", "mmol/L", 3, 20, default),
        ("41653-7", "mg/dL", 60, 300, default),
        ("8480-6", "mm[Hg]", 80, 180, default),
        ("8462-4", "mm[Hg]", 40, 100, default),
        ("8480-6", "kPa", 10, 22, MeasurementContext.InvasiveMethod),
        ("76534-7", "mm[Hg]", 80, 180, default),
        ("76535-4", "mm[Hg]", 40, 100, default),
        ("76536-2", "mm[Hg]", 60, 110, default),
        ("2703-7", "kPa", 8, 30, default),
        ("2703-7", "kPa", 8, 30, MeasurementContext.VenousSpecimen),
        ("2708-6", "%", 80, 100, MeasurementContext.VitalSignsCategory),
        ("2708-6", "1", 0.8, 1, MeasurementContext.LaboratoryCategory),
        ("9187-6", "mL", 0, 400, default),
        ("9187-6", "L", 0, 0.4, default),
        ("9269-2", "{score}", 3, 15, default),
        ("9267-6", "{score}", 1, 4, default),
        ("9268-4", "{score}", 1, 6, default),
        ("9270-0", "{score}", 1, 5, default),
        ("20124-4", null, 0, 2, default),
        ("29463-7", "kg", 50, 120, default),
        ("8302-2", "[in_i]", 60, 76, default),
        ("2160-0", "furlong", 1, 2, default),
        ("10839-9", "ng/mL", 0, 20, default),
    ];

    public static Stay Stay(int seed, double hours)
    {
        var stay = new Stay(hours);
        foreach (var raw in Raws(seed, hours))
            stay.Add(raw);
        return stay;
    }

    public static RawMeasurement[] Raws(int seed, double hours, int count = 600)
    {
        var random = new Random(seed);
        var raws = new List<RawMeasurement>();
        while (raws.Count < count)
        {
            // Times on a quarter of an hour, values on few digits: many meet at one instant.
            double hour = Math.Round(random.NextDouble() * hours * 1.1 * 4) / 4 - 1;
            var raw = One(random, hour, $"Observation/{random.Next(200)}");
            raws.Add(raw);
            if (random.Next(10) == 0)
                raws.Add(raw);
            if (random.Next(20) == 0)
                raws.Add(raw with { Source = new SourceReference($"Observation/{random.Next(1000)}", "2"), Effective = raw.Effective.ToUniversalTime() });
            if (random.Next(20) == 0)
                raws.Add(raw with { Available = raw.Effective.AddHours(random.Next(6)), Source = new SourceReference($"Observation/{random.Next(1000)}") });
        }
        return [.. raws.Take(count)];
    }

    public static void AddOne(Stay stay, Random random, double hour) => stay.Add(One(random, hour, $"Observation/late{random.Next(1000)}") with { Context = default });

    public static (double Start, double? End)[] Procedures(int seed)
    {
        var random = new Random(seed);
        return [(random.Next(10), random.Next(10, 40)), (random.Next(10) - 20, random.Next(3) - 2), (random.Next(10, 20) + 0.5, null), (7, 8), (7, 8)];
    }

    private static RawMeasurement One(Random random, double hour, string source)
    {
        var (loinc, unit, low, high, context) = Kinds[random.Next(Kinds.Length)];
        double value = low + (high - low) * random.NextDouble();
        return Timelines.Stay.Raw(loinc, unit == "{score}" || unit is null ? Math.Floor(value) : Math.Round(value, random.Next(3)), unit, hour, source, context,
            notTestable: loinc == "9270-0" && random.Next(4) == 0);
    }
}
