using System.Net;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedAI.Fhir.Tests.Auditing;

/// <summary>What cannot be audited is not answered: 503, and nothing of the patient.</summary>
[Trait("promise", "P-17")]
public sealed class AuditSinkTests
{
    [Fact]
    public async Task Without_the_trail_nothing_about_a_patient_is_answered()
    {
        await using var server = await MedAIServer.StartAsync(null, ["--demo", "--WhatIf:Enabled", "true"], builder =>
            builder.Services.Replace(ServiceDescriptor.Singleton<IResourceStore>(p => new SwitchedStore(p.GetRequiredService<SqliteResourceStore>()))));
        var store = (SwitchedStore)server.App.Services.GetRequiredService<IResourceStore>();
        var risk = (await server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", "")).AssertOk();
        (await server.PostTextAsync("/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging", "", "")).AssertOk();
        int rows = (await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(10_000, TestContext.Current.CancellationToken)).Count;
        store.Writes = false;
        const string change = """{"resourceType":"Parameters","parameter":[{"name":"change","part":[{"name":"variable","valueCode":"HR"},{"name":"value","valueDecimal":80}]}]}""";
        foreach (var (answer, what, hook) in new[]
        {
            (await server.GetAsync("/fhir/RiskAssessment/" + risk.Id), "read", false),
            (await server.GetAsync("/fhir/RiskAssessment/" + risk.Id, "text/html"), "page", false),
            (await server.GetAsync($"/fhir/RiskAssessment/{risk.Id}/_history/1"), "vread", false),
            (await server.GetAsync("/fhir/Patient/demo-stable"), "read of the demo's record", false),
            (await server.GetAsync("/fhir/DiagnosticReport"), "search", false),
            (await server.GetAsync("/fhir/AuditEvent"), "search of the trail", false),
            (await server.GetAsync("/inference-log"), "log", false),
            (await server.PostTextAsync("/fhir/Patient/demo-recovering/$assess-risk", "", ""), "operation", false),
            (await server.PostTextAsync("/fhir/Patient/demo-stable/$assess-risk", "", ""), "operation from the store", false),
            (await server.PostTextAsync("/fhir/Patient/demo-empty/$assess-risk", "", ""), "abstention", false),
            (await server.PostTextAsync("/fhir/Patient/demo-stable/$score-all", "", ""), "score-all", false),
            (await server.PostTextAsync("/fhir/Patient/demo-stable/$what-if", change), "what-if", false),
            (await server.GetAsync($"/fhir/RiskAssessment/{risk.Id}/$explain"), "explain", false),
            (await server.PostTextAsync("/fhir/ImagingStudy/demo-chest-patchy/$interpret-imaging", "", ""), "imaging", false),
            (await server.GetAsync("/fhir/RiskAssessment/none"), "refusal", false),
            (await server.HookAsync(Call.PatientView("demo-deteriorating")), "hook", true),
            (await server.HookAsync(Call.PatientView("demo-empty")), "hook that abstains", true),
            (await server.PostTextAsync(Call.Hook, "{"), "hook that is refused", true),
        })
        {
            Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, $"{what}: {answer.Status} {answer.Text}");
            answer.AssertFailure(HttpStatusCode.ServiceUnavailable, "store-unavailable", hook);
            Assert.NotNull(answer.Response.Headers.RetryAfter);
            Assert.DoesNotContain("demo-", answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal(rows, (await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(10_000, TestContext.Current.CancellationToken)).Count);
        store.Writes = true;
        (await server.GetAsync("/fhir/RiskAssessment/" + risk.Id)).AssertOk();
        // What says nothing about a patient needs no trail.
        store.Writes = false;
        (await server.GetAsync("/fhir/metadata")).AssertOk();
    }
}
