using MedAI.Training.Icu2012;

namespace MedAI.Training.Tests.Icu2012;

public sealed class IcuStayFileTests
{
    private const string Made = """
        Time,Parameter,Value
        00:00,RecordID,900001
        00:00,Age,61
        00:00,Gender,1
        00:00,Height,-1
        00:00,ICUType,2
        00:00,Weight,81.5
        00:07,HR,88
        01:30,,3.1
        27:05,Urine,120
        47:59,Weight,83
        """;

    [Fact]
    public void Stay_is_read_with_descriptors_apart_from_events()
    {
        var stay = IcuStayFile.Parse(new StringReader(Made));

        Assert.Equal(900001, stay.RecordId);
        Assert.Equal(61, stay.Age);
        Assert.True(stay.Male);
        Assert.Equal(IcuUnit.CardiacSurgery, stay.Unit);
        Assert.Equal([new IcuEvent(0, "Weight", 81.5), new IcuEvent(7, "HR", 88), new IcuEvent((27 * 60) + 5, "Urine", 120), new IcuEvent((47 * 60) + 59, "Weight", 83)], stay.Events);
    }

    [Fact]
    public void Minus_one_means_not_known() =>
        Assert.Null(IcuStayFile.Parse(new StringReader(Made)).HeightCm);

    [Fact]
    public void Line_without_a_parameter_is_counted_not_read() =>
        Assert.Equal(1, IcuStayFile.Parse(new StringReader(Made)).UnreadableLines);

    [Fact]
    public void Unknown_sex_and_unit_stay_unknown()
    {
        var stay = IcuStayFile.Parse(new StringReader("Time,Parameter,Value\n00:00,RecordID,1\n00:00,Gender,-1\n00:00,ICUType,-1\n00:00,Weight,-1\n"));

        Assert.Null(stay.Male);
        Assert.Equal(IcuUnit.Unknown, stay.Unit);
        Assert.Empty(stay.Events);
    }

    [Fact]
    public void Other_files_are_refused() =>
        Assert.Throws<FormatException>(() => IcuStayFile.Parse(new StringReader("a,b,c\n")));

    [Fact]
    public void Outcomes_are_keyed_by_stay_and_minus_one_is_unknown()
    {
        var outcomes = IcuOutcomeFile.Parse(new StringReader("RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death\n7,16,-1,8,-1,0\n9,21,11,4,3,1\n"));

        Assert.Equal(new IcuOutcome(7, 16, null, 8, null, false), outcomes[7]);
        Assert.True(outcomes[9].DiedInHospital);
    }

    [Fact]
    public void Folder_finds_unpacked_stays_in_order_with_their_outcomes()
    {
        var root = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "set-a"));
            foreach (var id in new[] { 12, 11 })
                File.WriteAllText(Path.Combine(root, "set-a", $"{id}.txt"), $"Time,Parameter,Value\n00:00,RecordID,{id}\n");
            File.WriteAllText(Path.Combine(root, "Outcomes-a.txt"), "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death\n12,1,1,1,1,1\n");

            using var folder = IcuStayFolder.Open(root);
            var stays = folder.ReadAll();

            Assert.Equal([11, 12], stays.Select(s => s.Stay.RecordId));
            Assert.Null(stays[0].Outcome);
            Assert.True(stays[1].Outcome!.DiedInHospital);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
