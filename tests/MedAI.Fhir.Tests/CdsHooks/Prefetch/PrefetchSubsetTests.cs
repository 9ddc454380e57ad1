using MedAI.Fhir.CdsHooks.Prefetch;

namespace MedAI.Fhir.Tests.CdsHooks.Prefetch;

public sealed class PrefetchSubsetTests
{
    [Theory, Trait("promise", "M-401")]
    [InlineData("patient", "Patient/{{context.patientId}}")]
    [InlineData("patient", "Patient?_id={{context.patientId}}")]
    [InlineData("imaging-study", "ImagingStudy/{{context.imagingStudyId}}")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&status=in-progress&_sort=-date&_count=5")]
    [InlineData("locations", "Location?type=http://terminology.hl7.org/CodeSystem/v3-RoleCode|ICU")]
    [InlineData("observations-laboratory", "Observation?subject=Patient/{{context.patientId}}&category:in=https://ehr.example.org/ValueSet/labs&date=ge2020&_count=1000")]
    [InlineData("observations-vital-signs", "Observation?patient={{context.patientId}}&encounter={{context.encounterId}}&code=8867-4,8480-6&_sort=-date")]
    public void Templates_of_the_subset_are_allowed(string key, string template)
    {
        Assert.Null(PrefetchSubset.Problem(key, template, simplerFhirPath: false));
        Assert.Null(PrefetchSubset.Problem(key, template, simplerFhirPath: true));
    }

    [Theory, Trait("promise", "M-401")]
    [InlineData("no-such-key", "Patient/{{context.patientId}}", "no prefetch key")]
    [InlineData("patient", "Patient/7", "must read")]
    [InlineData("patient", "Practitioner/{{context.patientId}}", "must read")]
    [InlineData("encounter", "Encounter/{{context.encounterId}}", "must be a search")]
    [InlineData("encounter", "Observation?patient={{context.patientId}}", "must ask for Encounter")]
    [InlineData("encounter", "https://ehr.example.org/Encounter?patient={{context.patientId}}", "must ask for")]
    [InlineData("encounter", "Encounter?status=in-progress", "must name the context patient")]
    [InlineData("encounter", "Encounter?patient={{context.userId}}", "must name the context patient")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_include=Encounter:location", "not in the allowed subset")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&patient.name=x", "not in the allowed subset")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&status:not=finished", "modifier")]
    [InlineData("encounter", "Encounter?patient:identifier={{context.patientId}}", "modifier")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&date=2020", "prefixes")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&date=ne2020", "prefixes")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_count=0", "_count")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_count=many", "_count")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_sort=length", "sorts")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&", "without a value")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&status=", "without a value")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&status=a b", "no template")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&status={{context.encounterId.id}}", "CDS Hooks 2.0")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&status={{context.draftOrders}}", "CDS Hooks 2.0")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&date=ge{{today()}}", "CDS Hooks 2.0")]
    public void Anything_else_is_a_fault_that_is_named(string key, string template, string problem) =>
        Assert.Contains(problem, PrefetchSubset.Problem(key, template, simplerFhirPath: false), StringComparison.Ordinal);

    [Theory, Trait("promise", "V4"), Trait("promise", "M-405")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&date=ge{{today() - 30 days}}", null)]
    [InlineData("procedures", "Procedure?patient={{context.patientId}}&encounter={{%encounter.entry.resource.id}}", null)]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_id={{%procedures.entry.resource.encounter.resolve().id}}", "no prefetch key that stands before it")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_id={{%encounter.entry.resource.id}}", "no prefetch key that stands before it")]
    [InlineData("encounter", "Encounter?patient={{context.patientId}}&_id={{%other.id}}", "no prefetch key that stands before it")]
    [InlineData("encounter", "Encounter?patient={{%patient.id}}", "must name the context patient")]
    public void Clients_of_3_0_may_look_into_context_and_earlier_keys(string key, string template, string? problem)
    {
        string? found = PrefetchSubset.Problem(key, template, simplerFhirPath: true);
        if (problem is null)
            Assert.Null(found);
        else
            Assert.Contains(problem, found, StringComparison.Ordinal);
    }
}
