using System.Text.Json;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.CdsHooks.Prefetch;

namespace MedAI.Fhir.Tests.CdsHooks.Prefetch;

/// <summary>The subset of FHIRPath that CDS Hooks 3.0 allows in prefetch tokens, and nothing beyond it.</summary>
public sealed class PrefetchTokenTests
{
    /// <summary>An order-sign like the one that the specification works out.</summary>
    private const string Context = """
        {"patientId":"eXo","encounterId":"eAJ","userId":"PractitionerRole/e-Q","number":7,
         "draftOrders":{"resourceType":"Bundle","type":"collection","entry":[
          {"resource":{"resourceType":"MedicationRequest","id":"m1","medicationReference":{"reference":"Medication/eVB"},"requester":{"reference":"https://ehr.example.org/r4/Practitioner/p1"},
            "subject":{"reference":"Patient/eXo"}}},
          {"resource":{"resourceType":"MedicationRequest","id":"m2","medicationReference":{"reference":"Medication/emv/_history/3"},"requester":{"reference":"PractitionerRole/r1"}}},
          {"fullUrl":"urn:uuid:6b0a5d3e-3f3c-4a49-9c1f-6a0e1c6f1a11","resource":{"resourceType":"ServiceRequest","id":"s1","specimen":[{"reference":"Specimen/x, y"}],
            "reasonReference":[{"reference":"Condition/c1"},{"reference":"Observation/o1"},{"reference":"https://elsewhere.example.org/Condition/c9"}]}}]}}
        """;

    private static PrefetchValues Values(string context = Context, string today = "2024-09-13")
    {
        var request = new HookRequest
        {
            Context = JsonDocument.Parse(context).RootElement,
            UserId = "PractitionerRole/e-Q",
            FhirServer = "https://ehr.example.org/r4/",
        };
        return new PrefetchValues(request, DateTimeOffset.Parse(today + "T21:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string? Resolve(string token, PrefetchValues? values = null) =>
        (PrefetchToken.TryRead(token) ?? throw new ArgumentException(token)).Resolve(values ?? Values());

    [Theory, Trait("promise", "V3"), Trait("promise", "M-405")]
    [InlineData("context.patientId", "eXo")]
    [InlineData("context.number", "7")]
    [InlineData("userPractitionerRoleId", "e-Q")]
    [InlineData("userPractitionerId", null)]
    [InlineData("context.draftOrders.entry.resource.id", "m1,m2,s1")]
    [InlineData("context.draftOrders.entry.resource.ofType(MedicationRequest).id", "m1,m2")]
    [InlineData("context.draftOrders.entry.resource.ofType(MedicationRequest).medication.resolve().id", "eVB,emv")]
    [InlineData("context.draftOrders.entry.resource.ofType(MedicationRequest).requester.resolve().ofType(Practitioner).id", "p1")]
    [InlineData("context.draftOrders.entry.resource.ofType(ServiceRequest).reasonReference.resolve().ofType(Condition).id", "c1")]
    [InlineData("context.draftOrders.entry.resource.requester.resolve().ofType(PractitionerRole).id | context.patientId", "r1,eXo")]
    [InlineData("context.draftOrders.entry.resource.ofType(MedicationRequest).subject.reference", "Patient%2FeXo")]
    [InlineData("today()", "2024-09-13")]
    [InlineData("today() - 90 days", "2024-06-15")]
    [InlineData("today() + 365 days", "2025-09-13")]
    [InlineData("today()-1 day", "2024-09-12")]
    public void Token_of_the_specification_has_its_value(string token, string? value) => Assert.Equal(value, Resolve(token));

    [Fact, Trait("promise", "M-405")]
    public void Values_of_other_keys_are_variables_and_references_into_them_are_found()
    {
        var values = Values();
        values.Add("serviceConditions", JsonDocument.Parse("""
            {"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","id":"c1","asserter":{"reference":"PractitionerRole/r1"} } },
             {"resource":{"resourceType":"Condition","id":"c2","asserter":{"reference":"Practitioner/p7"} } }]}
            """).RootElement);
        values.Add("practitionerRoles", JsonDocument.Parse("""{"resourceType":"PractitionerRole","id":"r1","practitioner":{"reference":"Practitioner/p8"} }""").RootElement);
        Assert.Equal("r1", Resolve("%serviceConditions.entry.resource.asserter.resolve().ofType(PractitionerRole).id", values));
        Assert.Equal("p8", Resolve("%practitionerRoles.practitioner.resolve().id", values));
        Assert.Equal("p8,p7", Resolve("%practitionerRoles.practitioner.resolve().id|%serviceConditions.entry.resource.asserter.resolve().ofType(Practitioner).id", values));
        // The role is at hand: its members can be followed.
        Assert.Equal("p8", Resolve("%serviceConditions.entry.resource.asserter.resolve().ofType(PractitionerRole).practitioner.resolve().id", values));
        Assert.Equal(["serviceConditions"], PrefetchToken.TryRead("%serviceConditions.id")!.Keys);
    }

    [Theory, Trait("promise", "M-405")]
    [InlineData("context.nothing")]
    [InlineData("context.draftOrders")]
    [InlineData("context.draftOrders.entry.resource.specimen.reference")]
    [InlineData("context.draftOrders.entry.resource.medication.resolve().code")]
    [InlineData("%absent.id")]
    public void Token_without_a_simple_value_gives_no_query(string token)
    {
        Assert.Null(Resolve(token));
        Assert.Null(PrefetchTemplate.TryRead($"Observation?patient={{{{{token}}}}}")!.Resolve(Values()));
    }

    [Theory, Trait("promise", "V3"), Trait("promise", "M-405")]
    [InlineData("context")]
    [InlineData("context.")]
    [InlineData("context.a..b")]
    [InlineData("context.where(true)")]
    [InlineData("context.draftOrders.entry.where(resource.id='m1').id")]
    [InlineData("context.draftOrders.entry[0].resource.id")]
    [InlineData("context.draftOrders.descendants()")]
    [InlineData("context.patientId.matches('(a+)+$')")]
    [InlineData("context.patientId + '1'")]
    [InlineData("Patient.name")]
    [InlineData("%context")]
    [InlineData("%resource.id()")]
    [InlineData("now()")]
    [InlineData("today() - 90 hours")]
    [InlineData("today() - 99999 days")]
    [InlineData("today() - 1 days + 1 days")]
    [InlineData("context.ofType(patient).id")]
    [InlineData("userName")]
    [InlineData("")]
    [InlineData("|")]
    public void Nothing_else_of_FHIRPath_is_a_token(string token) => Assert.Null(PrefetchToken.TryRead(token));

    [Theory, Trait("promise", "M-405")]
    [InlineData("1&patient=2", null)]
    [InlineData("a,b", null)]
    [InlineData("a|b", "a%7Cb")]
    [InlineData("a/../b", "a%2F..%2Fb")]
    [InlineData("ü", null)]
    public void What_a_client_sends_never_says_more_than_a_value(string sent, string? value) =>
        Assert.Equal(value, Resolve("context.x", Values(JsonSerializer.Serialize(new { x = sent }))));

    [Fact, Trait("promise", "M-405")]
    public void Large_contexts_are_not_followed_to_their_end()
    {
        string list = string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"\"{i}\""));
        Assert.Null(Resolve("context.x", Values($$"""{"x":[{{list}}]}""")));
    }

    [Fact, Trait("promise", "V3"), Trait("promise", "M-405")]
    public void Template_of_the_specification_is_its_query()
    {
        var template = PrefetchTemplate.TryRead("Appointment?patient={{context.patientId}}&date=gt{{today()}}&date=lt{{ today() + 365 days }}")!;
        Assert.Equal("Appointment?patient=eXo&date=gt2024-09-13&date=lt2025-09-13", template.Resolve(Values()));
        Assert.Null(PrefetchTemplate.TryRead("Patient/{{context.patientId"));
        Assert.Null(PrefetchTemplate.TryRead("Patient/{{context.patientId}} "));
        Assert.Null(PrefetchTemplate.TryRead("Patient/{context.patientId}"));
    }
}
