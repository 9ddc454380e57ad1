using System.Text;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;
using MedAI.Testing;

namespace MedAI.Models.Tests.Timelines;

public sealed class VariableTableTests
{
    [Fact]
    public void Series_come_first_in_manifest_order_then_statics()
    {
        var series = Stay.Manifest.Variables.Where(v => v.Use == "series").Select(v => v.Id).ToArray();

        Assert.Equal(series.Length, Stay.Table.SeriesCount);
        Assert.Equal([.. series, "Height", "Weight"], Stay.Table.Variables.Select(v => v.Id));
        Assert.Equal(Enumerable.Range(0, series.Length), Stay.Table.Variables.Take(series.Length).Select(v => v.SeriesIndex));
        Assert.All(Stay.Table.Variables.Skip(series.Length), v => Assert.True(v.IsStatic));
    }

    [Fact]
    public void Every_declared_code_is_found_by_bytes_and_by_text()
    {
        foreach (var variable in Stay.Manifest.Variables)
        {
            foreach (var code in variable.Codes.Concat(variable.Parts?.Codes ?? []))
            {
                var byText = Stay.Table.FindCodes(code.System, code.Code);
                var byBytes = Stay.Table.FindCodes(Encoding.UTF8.GetBytes(code.System), Encoding.UTF8.GetBytes(code.Code));

                Assert.Same(byText, byBytes);
                Assert.Contains(byText, c => c.Variable.Id == variable.Id && c.Code == code.Code);
            }
        }
    }

    [Fact]
    public void Code_with_two_meanings_gives_both()
    {
        var meanings = Stay.Table.FindCodes(TestManifest.Loinc, "8480-6");

        Assert.Equal(["NISysABP", "SysABP"], meanings.Select(m => m.Variable.Id));
    }

    [Theory]
    [InlineData("http://loinc.org", "8867-5")]
    [InlineData("http://loinc.org/", "8867-4")]
    [InlineData("http://LOINC.org", "8867-4")]
    [InlineData("", "")]
    [InlineData("http://snomed.info/sct", "8867-4")]
    [InlineData("http://loinc.org", "8867-4 ")]
    public void Unknown_code_has_no_meaning(string system, string code) => Assert.Empty(Stay.Table.FindCodes(system, code));

    [Fact]
    public void Overlong_or_exotic_code_has_no_meaning()
    {
        Assert.Empty(Stay.Table.FindCodes(TestManifest.Loinc, new string('\u20ac', 100_000)));
        Assert.Empty(Stay.Table.FindCodes(TestManifest.Loinc, new string('\u20ac', 18)));
        Assert.Empty(Stay.Table.FindCodes(TestManifest.Loinc, "\ud800"));
        Assert.Empty(Stay.Table.FindCodes(new byte[100_000], [0xff, 0xfe]));
    }

    [Fact]
    public void Procedure_code_gives_its_state_variable()
    {
        Assert.Equal("MechVent", Stay.Table.FindProcedure("http://snomed.info/sct"u8, "40617009"u8)?.Id);
        Assert.Null(Stay.Table.FindProcedure("http://snomed.info/sct"u8, "40617008"u8));
    }

    [Fact]
    public void Lookup_by_bytes_allocates_nothing()
    {
        var table = Stay.Table;
        Lookups(table);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int found = Lookups(table);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(3000, found);
        Assert.Equal(0, allocated);

        static int Lookups(VariableTable table)
        {
            int found = 0;
            for (int i = 0; i < 1000; i++)
            {
                found += table.FindCodes("http://loinc.org"u8, "8867-4"u8).Count;
                found += table.FindCodes("http://loinc.org"u8, "8480-6"u8).Count;
                found += table.FindCodes("http://loinc.org"u8, "0000-0"u8).Count;
                found += table.FindProcedure("http://snomed.info/sct"u8, "1"u8) is null ? 0 : 1;
            }
            return found;
        }
    }

    [Theory]
    [InlineData("when")]
    [InlineData("flag")]
    [InlineData("aggregation")]
    [InlineData("derivation")]
    [InlineData("soft")]
    [InlineData("twice")]
    public void Inconsistent_manifest_is_not_compiled(string fault)
    {
        var manifest = TestManifest.Create("HR", "Temp");
        var hr = manifest.Variables[0];
        var broken = fault switch
        {
            "when" => hr with { Codes = [hr.Codes[0] with { When = "perhaps" }] },
            "flag" => hr with { Codes = [hr.Codes[0] with { Flag = "odd" }] },
            "aggregation" => hr with { Aggregation = "median" },
            "derivation" => hr with { Derived = new ManifestDerivation("mean-pressure", ["Temp", "Nothing"]) },
            "soft" => hr with { Soft = new ManifestRange(0, 1000) },
            _ => hr with { Id = "Temp" },
        };

        Assert.Throws<ArgumentException>(() => new VariableTable(manifest with { Variables = [broken, .. manifest.Variables.Skip(1)] }));
    }

    [Fact]
    public void Every_flag_has_a_name_that_leads_back_to_it()
    {
        foreach (var flag in Enum.GetValues<MeasurementFlags>().Where(f => f != MeasurementFlags.None))
        {
            Assert.True(MeasurementFlagNames.TryParse(MeasurementFlagNames.NameOf(flag), out var back));
            Assert.Equal(flag, back);
        }
    }
}
