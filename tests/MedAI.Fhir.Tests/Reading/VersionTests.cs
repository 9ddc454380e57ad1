using System.Text.Json.Nodes;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class VersionTests
{
    private static JsonObject Version(double value, string? version, string? updated, string status = "final") => Observation("8867-4", value, "/min", 1, o =>
    {
        o["id"] = "same";
        o["status"] = status;
        var meta = new JsonObject();
        if (version is not null)
            meta["versionId"] = version;
        if (updated is not null)
            meta["lastUpdated"] = updated;
        o["meta"] = meta;
    });

    [Theory, Trait("promise", "M-207")]
    [InlineData("10", null, "9", null)]
    [InlineData("b", "2150-03-01T10:00:00Z", "a", "2150-03-01T09:59:59.5Z")]
    [InlineData(null, "2150-03-01T10:00:00+01:00", null, "2150-03-01T08:59:00Z")]
    [InlineData("3", "2150-03-01T08:00:00Z", "2", "2150-03-01T09:00:00Z")]
    public void Newest_version_wins_in_any_order(string? newVersion, string? newUpdated, string? oldVersion, string? oldUpdated)
    {
        for (int round = 0; round < 2; round++)
        {
            var newer = Version(100, newVersion, newUpdated);
            var older = Version(60, oldVersion, oldUpdated);
            var timeline = Timeline(round == 0 ? [newer, older] : [older, newer]);
            var used = Assert.Single(timeline.Measurements);
            Assert.Equal(100, used.Value);
            Assert.Equal(newVersion, used.Source.Version);
            var superseded = Assert.Single(timeline.Quality.Rejected);
            Assert.Equal(("HR", RejectionReason.SupersededVersion), (superseded.VariableId, superseded.Reason));
        }
    }

    [Fact, Trait("promise", "M-207")]
    public void Newest_version_that_is_an_error_removes_the_value()
    {
        var timeline = Timeline(Version(60, "1", null), Version(60, "2", null, "entered-in-error"));
        Assert.Empty(timeline.Measurements);
        Assert.Equal([RejectionReason.EnteredInError, RejectionReason.SupersededVersion], timeline.Quality.Rejected.Select(r => r.Reason).Order());
    }

    [Fact, Trait("promise", "M-207")]
    public void Same_version_twice_counts_once_and_is_no_rejection()
    {
        var timeline = Timeline(Version(60, "1", null), Version(60, "1", null), Heart(), Heart());
        Assert.Equal(1, timeline.Measurements.Count(m => m.Source.Reference.EndsWith("/same", StringComparison.Ordinal)));
        Assert.DoesNotContain(timeline.Quality.Rejected, r => r.Reason != RejectionReason.Duplicate);
        Assert.DoesNotContain(ReadingRemarks.VersionUndecidable, timeline.Quality.Remarks);
    }

    [Fact, Trait("promise", "M-207")]
    public void Undecidable_versions_are_remarked_and_do_not_depend_on_the_order()
    {
        var one = Timeline(Version(60, null, null), Version(61, null, null));
        var other = Timeline(Version(61, null, null), Version(60, null, null));
        Assert.Equal(Assert.Single(one.Measurements).Value, Assert.Single(other.Measurements).Value);
        Assert.Contains(ReadingRemarks.VersionUndecidable, one.Quality.Remarks);
    }

    [Fact, Trait("promise", "M-207")]
    public void Source_is_absolute_and_says_its_version_or_its_hash()
    {
        var versioned = Measured(Version(60, "7", null)).Source;
        Assert.Equal(new SourceReference(Base + "/Observation/same", "7"), versioned);
        var plain = Measured(Heart()).Source;
        Assert.Null(plain.Version);
        Assert.Matches("^[0-9a-f]{64}$", plain.ContentHash);
        Assert.NotEqual(plain.ContentHash, Measured(Heart(o => o["valueQuantity"]!["value"] = 91)).Source.ContentHash);
        var elsewhere = new JsonObject { ["fullUrl"] = Base + "/Observation/x", ["resource"] = Heart() };
        Assert.Equal(Base + "/Observation/x", Measured(elsewhere).Source.Reference);
        Assert.Equal("prefetch.all.entry[3].resource", Measured(Heart(o => o.Remove("id"))).Source.Reference);
    }
}
