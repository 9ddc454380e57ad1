using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class StayTests
{
    private static PatientTimeline With(params JsonObject[] resources) => ReadAll(null, null, [Patient(), .. resources]).Timeline();

    private static JsonObject Unit(string id, string code) => Icu(code, l => l["id"] = id);

    private static JsonNode Places(params (string Unit, double? From, double? To)[] places) => new JsonArray([.. places.Select(p =>
    {
        var period = new JsonObject();
        if (p.From is { } from)
            period["start"] = Time(from);
        if (p.To is { } to)
            period["end"] = Time(to);
        return (JsonNode)new JsonObject { ["location"] = new JsonObject { ["reference"] = $"Location/{p.Unit}" }, ["period"] = period };
    })]);

    private static JsonObject EncounterIn(JsonNode places, Action<JsonObject>? change = null) => Encounter(e =>
    {
        e["location"] = places;
        change?.Invoke(e);
    });

    private static void NoStay(PatientTimeline timeline, string remark)
    {
        Assert.Null(timeline.Stay);
        Assert.Contains(remark, timeline.Quality.Remarks);
    }

    [Theory, Trait("promise", "M-216")]
    [InlineData("1028-0", IcuType.Coronary)]
    [InlineData("1032-2", IcuType.CardiacSurgery)]
    [InlineData("1027-2", IcuType.Medical)]
    [InlineData("1030-6", IcuType.Surgical)]
    [InlineData("1029-8", IcuType.Other)]
    [InlineData("1025-6", IcuType.Other)]
    [InlineData("1026-4", IcuType.Other)]
    [InlineData("1031-4", IcuType.Other)]
    [InlineData("1035-5", IcuType.Other)]
    public void Time_zero_is_the_start_of_the_period_in_an_ICU_location(string code, IcuType type)
    {
        var result = ReadAll(null, null, Patient(), Encounter(), Icu(code), Heart());
        var stay = result.Timeline().Stay!;
        Assert.Equal((Start, null, type, false), (stay.Start, stay.End, stay.IcuType, stay.EncounterEnded));
        Assert.Equal(Base + "/Encounter/e1", result.EncounterReference);
        Assert.DoesNotContain(ReadingRemarks.TimeZeroFromEncounter, result.Timeline().Quality.Remarks);
    }

    [Theory, Trait("promise", "S-42")]
    [InlineData("1044-7")] // paediatric medical ICU
    [InlineData("1040-5")] // neonatal ICU
    [InlineData("1060-3")] // medical ward
    [InlineData("1108-0")] // emergency department
    public void Other_places_give_no_time_zero(string code) => NoStay(With(Encounter(), Icu(code), Heart()), ReadingRemarks.IcuStayUnknown);

    [Fact, Trait("promise", "S-42")]
    public void Class_alone_is_never_enough_and_neither_is_the_first_value() => NoStay(With(Encounter(e => e.Remove("location")), Heart()), ReadingRemarks.IcuStayUnknown);

    [Fact, Trait("promise", "S-42")]
    public void No_encounter_gives_no_time_zero() => NoStay(With(Heart()), ReadingRemarks.EncounterMissing);

    [Theory, Trait("promise", "M-216")]
    [InlineData("type")]
    [InlineData("serviceType")]
    public void ICU_typed_encounter_gives_time_zero_with_a_remark(string member)
    {
        var concept = Value($$"""{"coding":[{"system":"{{Hsloc}}","code":"1030-6"}]}""");
        var timeline = With(Encounter(e =>
        {
            e.Remove("location");
            e["period"]!["start"] = Time(-2);
            e[member] = member == "type" ? new JsonArray(concept) : concept;
        }));
        Assert.Equal((Start.AddHours(-2), IcuType.Surgical), (timeline.Stay!.Start, timeline.Stay.IcuType));
        Assert.Contains(ReadingRemarks.TimeZeroFromEncounter, timeline.Quality.Remarks);
    }

    [Fact, Trait("promise", "M-216")]
    public void Location_beats_the_type_of_the_encounter()
    {
        var timeline = With(Icu(), Encounter(e => e["type"] = Value($$"""[{"coding":[{"system":"{{Hsloc}}","code":"1030-6"}]}]""")));
        Assert.Equal((Start, IcuType.Medical), (timeline.Stay!.Start, timeline.Stay.IcuType));
    }

    [Fact, Trait("promise", "M-216")]
    public void ICU_location_without_a_period_takes_the_encounters()
    {
        var timeline = With(Icu(), Encounter(e => e["location"]![0]!.AsObject().Remove("period")));
        Assert.Equal(Start.AddHours(-30), timeline.Stay!.Start);
        Assert.Contains(ReadingRemarks.TimeZeroFromEncounter, timeline.Quality.Remarks);
    }

    [Fact, Trait("promise", "M-216")]
    public void Bed_is_in_an_ICU_when_its_ward_is()
    {
        var bed = Json("""{"resourceType":"Location","id":"bed","partOf":{"reference":"Location/unit"}}""");
        Assert.Equal(Start, With(bed, Icu(), EncounterIn(Places(("bed", 0, null)))).Stay!.Start);
        var loop = Json("""{"resourceType":"Location","id":"bed","partOf":{"reference":"Location/bed"}}""");
        NoStay(With(loop, EncounterIn(Places(("bed", 0, null)))), ReadingRemarks.IcuStayUnknown);
    }

    [Fact, Trait("promise", "M-216")]
    public void Contained_location_is_read() => Assert.Equal(Start, With(Encounter(e =>
    {
        e["contained"] = new JsonArray(Icu());
        e["location"]![0]!["location"]!["reference"] = "#unit";
    })).Stay!.Start);

    [Fact, Trait("promise", "M-216")]
    public void Transfer_between_ICUs_continues_the_stay_of_the_first_type()
    {
        var stay = With(Unit("a", "1028-0"), Unit("b", "1030-6"), EncounterIn(Places(("b", 5.9, null), ("a", 0, 5)))).Stay!;
        Assert.Equal((Start, IcuType.Coronary), (stay.Start, stay.IcuType));
    }

    [Fact, Trait("promise", "M-216")]
    public void Readmission_after_the_ward_is_a_new_stay()
    {
        var stay = With(Unit("a", "1028-0"), Unit("b", "1030-6"), EncounterIn(Places(("a", -20, -5), ("ward", -5, 2), ("b", 2, null)))).Stay!;
        Assert.Equal((Start.AddHours(2), IcuType.Surgical), (stay.Start, stay.IcuType));
    }

    [Fact, Trait("promise", "S-42")]
    public void Patient_who_left_the_ICU_has_no_current_stay() =>
        NoStay(With(Icu(), EncounterIn(Places(("unit", 0, 20), ("ward", 20, null)))), ReadingRemarks.IcuStayEnded);

    [Fact, Trait("promise", "S-42")]
    public void Stay_of_an_encounter_that_ended_says_so()
    {
        var stay = With(Icu(), EncounterIn(Places(("unit", 0, 20)), e =>
        {
            e["status"] = "finished";
            e["period"]!["end"] = Time(22);
        })).Stay!;
        Assert.Equal((true, Start.AddHours(20)), (stay.EncounterEnded, stay.End!.Value));
        Assert.True(With(Icu(), Encounter(e => e["status"] = "finished")).Stay!.EncounterEnded);
        Assert.True(With(Icu(), Encounter(e => e["status"] = "cancelled")).Stay!.EncounterEnded);
        Assert.True(With(Icu(), Encounter(e => e["status"] = "entered-in-error")).Stay!.EncounterEnded);
    }

    [Fact, Trait("promise", "M-217")]
    public void Ends_after_as_of_have_not_happened()
    {
        var stay = With(Icu(), EncounterIn(Places(("unit", 0, 60)), e =>
        {
            e["status"] = "finished";
            e["period"]!["end"] = Time(90);
        })).Stay!;
        Assert.Equal((Start, null, false), (stay.Start, stay.End, stay.EncounterEnded));
    }

    [Fact, Trait("promise", "M-217")]
    public void Stay_that_begins_after_as_of_or_is_planned_is_none()
    {
        NoStay(With(Icu(), EncounterIn(Places(("unit", 30, null)))), ReadingRemarks.IcuStayUnknown);
        NoStay(With(Icu(), Encounter(e => e["location"]![0]!["status"] = "planned")), ReadingRemarks.IcuStayUnknown);
        NoStay(With(Icu(), Encounter(e => e["status"] = "planned")), ReadingRemarks.IcuStayUnknown);
    }

    [Fact, Trait("promise", "M-217")]
    public void Completed_location_without_an_end_ends_where_the_next_begins() =>
        NoStay(With(Icu(), EncounterIn(Places(("unit", 0, null), ("ward", 12, null)), e => e["location"]![0]!["status"] = "completed")), ReadingRemarks.IcuStayEnded);

    [Fact, Trait("promise", "M-217")]
    public void Start_without_an_hour_gives_no_time_zero() =>
        NoStay(With(Icu(), Encounter(e => e["location"]![0]!["period"]!["start"] = "2150-03-01")), ReadingRemarks.StayStartImprecise);

    [Fact, Trait("promise", "M-218")]
    public void Encounter_in_context_decides_with_its_parts_and_parent()
    {
        JsonObject[] resources =
        [
            Patient(), Icu(),
            Json($$$$"""{"resourceType":"Encounter","id":"hospital","status":"in-progress","subject":{"reference":"Patient/p1"},"period":{"start":"{{{{Time(-30)}}}}"}}"""),
            Encounter(e => e["partOf"] = Value("""{"reference":"Encounter/hospital"}""")),
            Json($$$$"""{"resourceType":"Encounter","id":"clinic","status":"in-progress","subject":{"reference":"Patient/p1"},"period":{"start":"{{{{Time(-3)}}}}"}}"""),
        ];
        ReadingResult In(string? id) => ReadAll(r => r with { EncounterId = id }, null, resources.Select(r => r.DeepClone().AsObject()));
        Assert.Equal(Start, In("e1").Timeline().Stay!.Start);
        Assert.Equal(Start, In("hospital").Timeline().Stay!.Start);
        Assert.Equal(Base + "/Encounter/e1", In("hospital").EncounterReference);
        Assert.Equal(Start, In(null).Timeline().Stay!.Start);
        NoStay(In("clinic").Timeline(), ReadingRemarks.IcuStayUnknown);
        NoStay(In("absent").Timeline(), ReadingRemarks.EncounterNotFound);
    }

    [Fact, Trait("promise", "M-218")]
    public void ICU_encounter_that_ended_within_a_running_one_leaves_no_stay()
    {
        NoStay(With(Icu(),
            Json($$$$"""{"resourceType":"Encounter","id":"hospital","status":"in-progress","subject":{"reference":"Patient/p1"},"period":{"start":"{{{{Time(-30)}}}}"}}"""),
            EncounterIn(Places(("unit", 0, 20)), e =>
            {
                e["status"] = "finished";
                e["period"]!["end"] = Time(20);
                e["partOf"] = Value("""{"reference":"Encounter/hospital"}""");
            })), ReadingRemarks.IcuStayEnded);
    }

    [Fact, Trait("promise", "M-218")]
    public void Earlier_encounter_does_not_count()
    {
        var earlier = EncounterIn(Places(("unit", -500, -400)), e =>
        {
            e["id"] = "e0";
            e["status"] = "finished";
            e["period"] = Value($$"""{"start":"{{Time(-520)}}","end":"{{Time(-390)}}"}""");
        });
        Assert.Equal(Start, With(Icu(), earlier, Encounter()).Stay!.Start);
    }

    [Fact, Trait("promise", "M-218")]
    public void Loop_of_encounters_is_survived()
    {
        var a = Encounter(e => e["partOf"] = Value("""{"reference":"Encounter/b"}"""));
        var b = Encounter(e =>
        {
            e["id"] = "b";
            e.Remove("location");
            e["partOf"] = Value("""{"reference":"Encounter/e1"}""");
        });
        Assert.Equal(Start, With(Icu(), a, b).Stay!.Start);
    }

    [Fact, Trait("promise", "M-219")]
    public void Local_location_types_and_untyped_locations_come_through_a_concept_map()
    {
        var map = ConceptMapTable.Read(Encoding.UTF8.GetBytes($$"""
            {"resourceType":"ConceptMap","status":"active","group":[
              {"source":"urn:local:wards","target":"{{Hsloc}}","element":[{"code":"CCU","target":[{"code":"1028-0","equivalence":"equivalent"}]}]},
              {"source":"{{Base}}/Location","target":"{{Hsloc}}","element":[{"code":"unit","target":[{"code":"1032-2","equivalence":"equivalent"}]}]}]}
            """)).Table;
        var reader = new ClinicalDataReader(Variables, map);
        var typed = Json("""{"resourceType":"Location","id":"other","type":[{"coding":[{"system":"urn:local:wards","code":"CCU"}]}]}""");
        Assert.Equal(IcuType.Coronary, ReadAll(null, reader, Patient(), typed, EncounterIn(Places(("other", 0, null)))).Timeline().Stay!.IcuType);
        Assert.Equal(IcuType.CardiacSurgery, ReadAll(null, reader, Patient(), Encounter()).Timeline().Stay!.IcuType);
    }
}
