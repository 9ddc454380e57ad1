using System.Text.Json.Nodes;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using static MedAI.Fhir.Tests.Reading.Chart;

namespace MedAI.Fhir.Tests.Reading;

public sealed class OwnershipTests
{
    private static JsonObject Of(JsonNode? subject) => Heart(o =>
    {
        if (subject is null)
            o.Remove("subject");
        else
            o["subject"] = subject;
    });

    private static JsonObject At(string fullUrl, JsonObject resource) => new() { ["fullUrl"] = fullUrl, ["resource"] = resource };

    [Theory, Trait("promise", "S-14")]
    [InlineData("Patient/p1")]
    [InlineData("Patient/p1/_history/3")]
    [InlineData(Base + "/Patient/p1")]
    [InlineData("HTTPS://EHR.Example.ORG/fhir/Patient/p1")]
    [InlineData(Base + "/Patient/p1/_history/9")]
    [InlineData("Pati\\u0065nt/p1")]
    public void Reference_to_the_patient_is_accepted_in_every_form(string reference) =>
        Assert.Single(Timeline(Of(Value($$"""{"reference":"{{reference}}"}"""))).Measurements);

    [Theory, Trait("promise", "S-14")]
    [InlineData("Patient/p2")]
    [InlineData("Patient/P1")]
    [InlineData("Patient/p1x")]
    [InlineData("Patient/")]
    [InlineData("/Patient/p1")]
    [InlineData("patient/p1")]
    [InlineData("Group/p1")]
    [InlineData("https://other.example.org/fhir/Patient/p1")]
    [InlineData("https://ehr.example.org/FHIR/Patient/p1")]
    [InlineData("https://ehr.example.org/fhir/r4/Patient/p1")]
    [InlineData("https://ehr.example.org/fhirx/Patient/p1")]
    [InlineData("https://ehr.example.org:444/fhir/Patient/p1")]
    [InlineData("https://ehr.example.org.evil.test/fhir/Patient/p1")]
    [InlineData("https://ehr.example.org@evil.test/fhir/Patient/p1")]
    [InlineData("urn:uuid:0b2dd6c8-8a6f-4a0c-9c53-1a0d3bb6b7f1")]
    [InlineData("#p1")]
    [InlineData("p1")]
    public void Reference_to_anybody_else_is_refused_and_never_scored(string reference)
    {
        var result = Read(Of(Value($$"""{"reference":"{{reference}}"}""")));
        var problem = Assert.Single(result.Problems);
        Assert.Equal((ReadingProblemKind.ForeignSubject, "prefetch.all.entry[3].resource"), (problem.Kind, problem.Where));
        Assert.Null(result.Timeline);
    }

    [Theory, Trait("promise", "S-14")]
    [InlineData(null)]
    [InlineData("""{"identifier":{"system":"urn:mrn","value":"p1"}}""")]
    [InlineData("""{"display":"p1"}""")]
    [InlineData("\"Patient/p1\"")]
    [InlineData("""[{"reference":"Patient/p1"}]""")]
    public void Missing_or_unverifiable_subject_is_refused(string? subject) =>
        Assert.Equal(ReadingProblemKind.ForeignSubject, Assert.Single(Read(Of(subject is null ? null : Value(subject))).Problems).Kind);

    [Theory, Trait("promise", "S-14")]
    [InlineData("Condition", "subject")]
    [InlineData("AllergyIntolerance", "patient")]
    [InlineData("Coverage", "beneficiary")]
    [InlineData("Procedure", "subject")]
    [InlineData("Encounter", "subject")]
    [InlineData("DiagnosticReport", "subject")]
    [InlineData("Specimen", "subject")]
    [InlineData("Device", "patient")]
    public void Every_type_is_checked_read_or_not(string type, string member)
    {
        var resource = Json($$$$"""{"resourceType":"{{{{type}}}}","id":"x","{{{{member}}}}":{"reference":"Patient/p2"}}""");
        Assert.Equal(ReadingProblemKind.ForeignSubject, Assert.Single(Read(Heart(), resource).Problems).Kind);
    }

    [Fact, Trait("promise", "S-14")]
    public void Types_that_must_name_their_patient_do()
    {
        Assert.Single(Read(Heart(), Json("""{"resourceType":"Condition","id":"c"}""")).Problems);
        Assert.Single(Timeline(Heart(), Json("""{"resourceType":"Specimen","id":"s"}""")).Measurements);
    }

    [Fact, Trait("promise", "S-14")]
    public void Second_patient_is_refused()
    {
        var result = Read(Heart(), Json("""{"resourceType":"Patient","id":"p2"}"""));
        Assert.Equal(ReadingProblemKind.ForeignSubject, Assert.Single(result.Problems).Kind);
    }

    [Fact, Trait("promise", "S-14")]
    public void Same_id_on_another_server_is_another_patient()
    {
        var result = ReadAll(null, null, At("https://other.example.org/fhir/Patient/p1", Patient()), Encounter(), Icu(), Heart());
        Assert.Contains(result.Problems, p => p.Kind == ReadingProblemKind.ForeignSubject);
        Assert.Contains(result.Problems, p => p.Kind == ReadingProblemKind.PatientMissing);
        // A relative reference in an entry of another server means that server.
        Assert.Equal(ReadingProblemKind.ForeignSubject, Assert.Single(Read(At("https://other.example.org/fhir/Observation/1", Heart())).Problems).Kind);
        // Absolute to ours, it is ours.
        Assert.Single(Timeline(At("https://lab.example.org/fhir/Observation/1", Of(Value($$"""{"reference":"{{Base}}/Patient/p1"}""")))).Measurements);
    }

    [Fact, Trait("promise", "M-205")]
    public void Urn_references_inside_a_bundle_are_followed()
    {
        const string patient = "urn:uuid:7a5c0f5e-0000-4000-8000-000000000001";
        const string encounter = "urn:uuid:7a5c0f5e-0000-4000-8000-000000000002";
        const string unit = "urn:uuid:7a5c0f5e-0000-4000-8000-000000000003";
        var result = ReadAll(null, null,
            At(patient, Patient()),
            At(encounter, Encounter(e =>
            {
                e["subject"] = Value($$"""{"reference":"{{patient}}"}""");
                e["location"]![0]!["location"]!["reference"] = unit;
            })),
            At(unit, Icu()),
            At("urn:uuid:7a5c0f5e-0000-4000-8000-000000000004", Of(Value($$"""{"reference":"{{patient}}"}"""))));
        var timeline = result.Timeline();
        Assert.Equal("urn:uuid:7a5c0f5e-0000-4000-8000-000000000004", Assert.Single(timeline.Measurements).Source.Reference);
        Assert.Equal(Start, timeline.Stay!.Start);
        Assert.Equal(encounter, result.EncounterReference);
    }

    [Fact, Trait("promise", "M-205")]
    public void Merged_record_of_the_same_server_is_followed()
    {
        var link = Value("""[{"other":{"reference":"Patient/old"},"type":"replaces"},{"other":{"reference":"https://other.example.org/fhir/Patient/elsewhere"},"type":"replaces"},{"other":{"reference":"Patient/sister"},"type":"seealso"}]""");
        ReadingResult WithSubject(string reference) => ReadAll(null, null, Patient(p => p["link"] = link.DeepClone()), Encounter(), Icu(), Of(Value($$"""{"reference":"{{reference}}"}""")));
        var timeline = WithSubject("Patient/old").Timeline();
        Assert.Single(timeline.Measurements);
        Assert.Contains(ReadingRemarks.PatientLinkFollowed, timeline.Quality.Remarks);
        foreach (string other in new[] { "Patient/elsewhere", "https://other.example.org/fhir/Patient/elsewhere", "Patient/sister" })
            Assert.Equal(ReadingProblemKind.ForeignSubject, Assert.Single(WithSubject(other).Problems).Kind);
    }

    [Fact, Trait("promise", "S-15")]
    public void Strangers_that_our_own_search_returned_are_dropped_counted_and_change_nothing()
    {
        var stranger = Observation("8867-4", 200, "/min", 2, o => o["subject"]!["reference"] = "Patient/p2");
        var without = ReadAll(Searched, null, Patient(), Encounter(), Icu(), Heart());
        var with = ReadAll(Searched, null, Patient(), Json("""{"resourceType":"Patient","id":"p2"}"""), Encounter(), Icu(), stranger, Heart());
        Assert.Equal(2, with.ForeignResources);
        Assert.Contains(ReadingRemarks.ForeignResourcesDropped, with.Timeline().Quality.Remarks);
        Assert.Equal(without.Timeline().Measurements.Select(m => (m.Variable.Id, m.Value, m.Effective, m.Source)), with.Timeline().Measurements.Select(m => (m.Variable.Id, m.Value, m.Effective, m.Source)));
        Assert.Equal(without.Timeline().Quality.NotForThisModel, with.Timeline().Quality.NotForThisModel);
        Assert.Empty(with.Timeline().Quality.Rejected);
    }

    private static ReadingRequest Searched(ReadingRequest request) => request with { Documents = [.. request.Documents.Select(d => d with { Searched = true })] };

    [Fact, Trait("promise", "M-205")]
    public void Value_about_somebody_else_in_the_patients_record_is_not_used() =>
        Assert.Equal(RejectionReason.ForeignSubject, Rejected(Heart(o => o["focus"] = Value("""[{"reference":"RelatedPerson/child"}]"""))).Reason);

    [Fact, Trait("promise", "M-205")]
    public void Patient_that_is_missing_is_a_problem()
    {
        Assert.Equal(ReadingProblemKind.PatientMissing, Assert.Single(ReadAll(null, null, Encounter(), Icu(), Heart()).Problems).Kind);
        Assert.Equal(ReadingProblemKind.PatientMissing, Assert.Single(ReadDocuments(null, null, Document("prefetch.patient", null)).Problems).Kind);
    }

    [Fact, Trait("promise", "M-206")]
    public void Problems_and_report_hold_no_content()
    {
        const string canary = "Canary8f3e";
        JsonObject[] resources =
        [
            Patient(p => p["name"] = Value($$"""[{"family":"{{canary}}"}]""")),
            Encounter(), Icu(),
            Observation("8867-4", 9999, "/min", 1, o => o["note"] = Value($$"""[{"text":"{{canary}}"}]""")),
            Bare("8310-5", o => o["valueString"] = canary),
            Bare("2160-0", o => o["valueQuantity"] = Value($$"""{"value":1,"unit":"{{canary}}","code":"{{canary}}","system":"{{Ucum}}"}""")),
            Bare("2345-7", o => o["dataAbsentReason"] = Value($$"""{"text":"{{canary}}"}""")),
            Heart(o => { o["status"] = canary; o["id"] = "s"; }),
        ];
        var timeline = ReadAll(null, null, resources).Timeline();
        Assert.Equal(5, timeline.Quality.Rejected.Count);
        Assert.DoesNotContain(timeline.Quality.Rejected, r => r.ToString().Contains(canary, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(timeline.Quality.Remarks, r => r.Contains(canary, StringComparison.OrdinalIgnoreCase));

        var bad = ReadAll(null, null, [.. resources.Select(r => r.DeepClone().AsObject()), Of(Value($$"""{"reference":"Patient/{{canary}}","display":"{{canary}}"}"""))]);
        Assert.DoesNotContain(bad.Problems, p => p.ToString().Contains(canary, StringComparison.OrdinalIgnoreCase));
        Assert.Single(bad.Problems);
    }
}
