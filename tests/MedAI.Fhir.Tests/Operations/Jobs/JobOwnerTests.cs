using System.Net;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Tests.Access.Clients;

namespace MedAI.Fhir.Tests.Operations.Jobs;

/// <summary>Whose a job is, and with which rights it is run.</summary>
public sealed class JobOwnerTests
{
    [Fact, Trait("promise", "M-534")]
    public async Task Job_of_another_client_or_tenant_does_not_exist()
    {
        using var ehr = new FakeEhr();
        await using var server = await ehr.ServeAsync("--Clients:Trusted:0:Tenants:0", "a", "--Clients:Trusted:0:Tenants:1", "b",
            "--Clients:Trusted:1:Name", "other", "--Clients:Trusted:1:Issuer", "https://other.example.org", "--Clients:Trusted:1:JwksFile", ehr.KeysFile);
        const string Operation = "/fhir/$assess-risk";
        var accepted = await server.LaterAsync(Operation, AsyncCall.Body(), token: Token(server, Operation, null, "a"));
        string path = new Uri(accepted.StatusUrl()).AbsolutePath;
        Answer mine;
        do
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            mine = await FakeEhr.SendAsync(server, HttpMethod.Get, path, Token(server, path, null, "a"));
        }
        while (mine.Status == HttpStatusCode.Accepted);
        Assert.Equal("200", mine.StatusOfEntry());

        string nowhere = path[..^36] + "00000000-0000-4000-8000-000000000000";
        foreach (var (issuer, tenant) in ((string?, string?)[])[(null, "b"), ("https://other.example.org", null)])
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Delete])
            {
                var foreign = await FakeEhr.SendAsync(server, method, path, Token(server, path, issuer, tenant));
                var none = await FakeEhr.SendAsync(server, method, nowhere, Token(server, nowhere, issuer, tenant));
                foreign.AssertFailure(HttpStatusCode.NotFound, "not-found");
                Assert.Equal(none.Text.Replace(none.RequestId, "", StringComparison.Ordinal), foreign.Text.Replace(foreign.RequestId, "", StringComparison.Ordinal));
                Assert.Equal(none.Response.Headers.Select(h => h.Key), foreign.Response.Headers.Select(h => h.Key));
            }
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync(path)).Status);
        (await FakeEhr.SendAsync(server, HttpMethod.Get, path, Token(server, path, null, "a"))).AssertOk();

        string Token(MedAIServer to, string on, string? issuer, string? tenant) => ehr.Token(to.Origin + on, payload =>
        {
            if (issuer is not null)
                payload["iss"] = issuer;
            if (tenant is not null)
                payload["tenant"] = tenant;
        });
    }

    [Fact, Trait("promise", "M-534")]
    public void Job_keeps_everything_that_is_known_of_its_caller()
    {
        // A member that is added to either record and not to JobCaller is a right, or a restriction, that a job would run without.
        Assert.Equal(["Access", "Caller", "Client", "CodesOf", "Id", "OnlyTenant", "Started", "Tenant", "User"], Members(typeof(RequestFacts)));
        Assert.Equal(["FhirOrigins", "MayReadAudit", "MayReadFeedback", "Name", "SmartLaunchUrl", "Tenant"], Members(typeof(ClientIdentity)));
        Assert.Equal(["MayReadAudit", "Only", "Patient", "Scopes", "Tenant"], Members(typeof(FhirAccess)));
        var patient = new PatientKey("t", "https://ehr.example.org/r4", "p");
        const string Scopes = "patient/Observation.rs user/*.cruds system/RiskAssessment.c";
        var facts = new RequestFacts("id", Call.SampleTime)
        {
            Client = "c",
            User = "Practitioner/1",
            Tenant = "t",
            Caller = new ClientIdentity("c", "t", true, new HashSet<Fhir.Access.Outbound.Origin>(), null) { MayReadAudit = true },
            Access = new FhirAccess("t", SmartScopes.Parse(Scopes), patient) { Only = patient, MayReadAudit = true },
        };
        var again = JobCaller.Of(facts).ToFacts();
        Assert.Equal(facts with { Caller = again.Caller, Access = again.Access }, again);
        Assert.Equal(facts.Access with { Scopes = again.Access!.Scopes }, again.Access);
        Assert.Equal(Scopes, again.Access.Scopes.ToString());
        Assert.Equal(facts.Caller with { FhirOrigins = again.Caller!.FhirOrigins }, again.Caller);
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Tenant = "u" }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Client = "d" }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { User = "Practitioner/2" }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Access = facts.Access with { Patient = patient with { Id = "q" } } }));

        static string[] Members(Type type) => [.. type.GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance).Select(p => p.Name).Order(StringComparer.Ordinal)];
    }
}
