using MedAI.Training.Evaluation.ClinicalScores;

namespace MedAI.Accuracy.Tests.ClinicalScores;

/// <summary>Every step of every table, against the published charts named in each score's definition.</summary>
public sealed class BedsideScoreTests
{
    private static void Steps(Func<double, int> points, string table)
    {
        foreach (var step in table.Split(' '))
        {
            var parts = step.Split(':');
            Assert.Equal(int.Parse(parts[1]), points(double.Parse(parts[0])));
        }
    }

    [Fact]
    [Trait("promise", "M-262")]
    public void News2_has_the_points_of_its_chart_at_every_step()
    {
        Steps(News2.Respiration, "8:3 9:1 11:1 12:0 20:0 21:2 24:2 25:3");
        Steps(News2.Saturation, "91:3 92:2 93:2 94:1 95:1 96:0 100:0");
        Steps(News2.Systolic, "90:3 91:2 100:2 101:1 110:1 111:0 219:0 220:3");
        Steps(News2.Pulse, "40:3 41:1 50:1 51:0 90:0 91:1 110:1 111:2 130:2 131:3");
        Steps(News2.Temperature, "35.0:3 35.1:1 36.0:1 36.1:0 38.0:0 38.1:1 39.0:1 39.1:2");
    }

    [Fact]
    public void News2_adds_oxygen_and_consciousness_from_the_newest_values()
    {
        var stay = StayMaker.Stay(
            50, (10, "RespRate", 30), (60, "RespRate", 22), (60, "SaO2", 93), (60, "FiO2", 0.4), (60, "NISysABP", 98), (60, "HR", 115), (60, "GCS", 14), (60, "Temp", 39.4));

        var result = new News2().At(stay, 6);

        Assert.Equal([2, 2, 2, 2, 2, 3, 2], result.Components);
        Assert.Equal(15, result.Points);
    }

    [Fact]
    public void News2_counts_what_was_not_measured_as_normal_and_says_so()
    {
        var result = new News2().At(StayMaker.Stay(50, (0, "HR", 80)), 6);

        Assert.Equal(0, result.Points);
        Assert.Equal([null, null, null, null, 0, null, null], result.Components);
    }

    [Fact]
    public void News2_room_air_is_no_oxygen_and_ventilation_is()
    {
        Assert.Equal(0, new News2().At(StayMaker.Stay(50, (0, "FiO2", 0.21)), 6).Components[2]);
        Assert.Equal(2, new News2().At(StayMaker.Stay(50, (0, "MechVent", 1)), 6).Components[2]);
    }

    [Theory]
    [InlineData(22, 100, 14, 3)]
    [InlineData(21, 101, 15, 0)]
    [InlineData(22, 101, 15, 1)]
    [Trait("promise", "M-262")]
    public void Qsofa_has_a_point_per_sign(double rate, double pressure, double gcs, int points) =>
        Assert.Equal(points, new Qsofa().At(StayMaker.Stay(50, (0, "RespRate", rate), (0, "SysABP", pressure), (0, "GCS", gcs)), 6).Points);

    [Fact]
    [Trait("promise", "M-262")]
    public void Sofa_has_the_points_of_its_table_at_every_step()
    {
        Steps(r => Sofa.Respiration(r, ventilated: true), "400:0 399:1 300:1 299:2 200:2 199:3 100:3 99:4");
        Steps(r => Sofa.Respiration(r, ventilated: false), "400:0 399:1 299:2 199:2 99:2");
        Steps(Sofa.Platelets, "150:0 149:1 100:1 99:2 50:2 49:3 20:3 19:4");
        Steps(Sofa.Bilirubin, "1.1:0 1.2:1 1.9:1 2.0:2 5.9:2 6.0:3 11.9:3 12:4");
        Steps(Sofa.Gcs, "15:0 14:1 13:1 12:2 10:2 9:3 6:3 5:4");
        Steps(Sofa.Creatinine, "1.1:0 1.2:1 1.9:1 2.0:2 3.4:2 3.5:3 4.9:3 5.0:4");
        Steps(Sofa.Urine, "500:0 499:3 200:3 199:4");
    }

    [Fact]
    public void Sofa_takes_the_worst_of_the_day_and_the_worse_of_creatinine_and_urine()
    {
        var stay = StayMaker.Stay(
            50,
            (60, "FiO2", 1.0), (60, "MechVent", 1), (61, "PaO2", 90), (62, "PaO2", 300),
            (60, "Platelets", 120), (90, "Platelets", 45), (60, "Bilirubin", 2.5), (60, "NIMAP", 65), (61, "MAP", 80), (60, "GCS", 15), (90, "GCS", 7),
            (60, "Creatinine", 1.3), (60, "Urine", 300));

        Assert.Equal([4, 3, 2, 1, 3, 1], new Sofa().At(stay, 12).Components);
        Assert.Equal([4, 3, 2, 1, 3, 3], new Sofa().At(stay, 24).Components);
        Assert.Equal(0, new Sofa().At(stay, 48).Points);
    }

    [Fact]
    [Trait("promise", "M-262")]
    public void Saps_has_the_points_of_its_table_at_every_step()
    {
        Steps(SapsI.Age, "45:0 46:1 55:1 56:2 65:2 66:3 75:3 76:4");
        Steps(SapsI.HeartRate, "180:4 179:3 140:3 139:2 110:2 109:0 70:0 69:2 55:2 54:3 40:3 39:4");
        Steps(SapsI.Systolic, "190:4 189:2 150:2 149:0 80:0 79:2 55:2 54:4");
        Steps(SapsI.Temperature, "41:4 40.9:3 39:3 38.9:1 38.5:1 38.4:0 36:0 35.9:1 34:1 33.9:2 32:2 31.9:3 30:3 29.9:4");
        Steps(SapsI.Respiration, "50:4 49:3 35:3 34:1 25:1 24:0 12:0 11:1 10:1 9:2 6:2 5:4");
        Steps(SapsI.Urine, "5:2 4.99:1 3.5:1 3.49:0 0.7:0 0.69:2 0.5:2 0.49:3 0.2:3 0.19:4");
        Steps(SapsI.Urea, "55:4 54.9:3 36:3 35.9:2 29:2 28.9:1 7.5:1 7.4:0 3.5:0 3.4:1");
        Steps(SapsI.Haematocrit, "60:4 59.9:2 50:2 49.9:1 46:1 45.9:0 30:0 29.9:2 20:2 19.9:4");
        Steps(SapsI.WhiteCells, "40:4 39.9:2 20:2 19.9:1 15:1 14.9:0 3:0 2.9:2 1:2 0.9:4");
        Steps(SapsI.Glucose, "44.5:4 44.4:3 27.8:3 27.7:1 14:1 13.9:0 3.9:0 3.8:2 2.8:2 2.7:3 1.6:3 1.5:4");
        Steps(SapsI.Potassium, "7:4 6.9:3 6:3 5.9:1 5.5:1 5.4:0 3.5:0 3.4:1 3:1 2.9:2 2.5:2 2.4:4");
        Steps(SapsI.Sodium, "180:4 179:3 161:3 160:2 156:2 155:1 151:1 150:0 130:0 129:2 120:2 119:3 110:3 109:4");
        Steps(SapsI.Bicarbonate, "40:3 39.9:1 30:1 29.9:0 20:0 19.9:1 10:1 9.9:3 5:3 4.9:4");
        Steps(SapsI.Gcs, "15:0 13:0 12:1 10:1 9:2 7:2 6:3 4:3 3:4");
    }

    [Fact]
    public void Saps_converts_urea_and_glucose_and_gives_ventilation_its_points()
    {
        // 84 mg/dL of urea nitrogen are 30 mmol/L; 540 mg/dL of glucose are 30 mmol/L.
        var stay = StayMaker.Stay(80, (0, "BUN", 84), (0, "Glucose", 540), (0, "MechVent", 1), (0, "RespRate", 16), (0, "HR", 145), (30, "HR", 50));

        Assert.Equal([4, 3, null, null, 3, null, 2, null, null, 3, null, null, null, null], new SapsI().At(stay, 6).Components);
    }

    [Fact]
    public void Availability_is_the_share_of_stays_with_the_component()
    {
        var with = new Training.Icu2012.LabelledStay(StayMaker.Stay(50, (0, "RespRate", 25)), null);
        var without = new Training.Icu2012.LabelledStay(StayMaker.Stay(50, (0, "GCS", 10)), null);

        var cohort = BedsideScores.Of(new Qsofa(), [with, without, without, without], 6);

        Assert.Equal([0.25, 0, 0.75], cohort.Available);
        Assert.Equal([1, 1, 1, 1], cohort.Points);
    }
}
