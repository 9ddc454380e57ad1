using System.Net;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Tests.Access.Clients;
using MedAI.Fhir.Tests.Access.Smart;

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
        while (mine.Status is HttpStatusCode.Accepted or HttpStatusCode.TooManyRequests);
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

    [Fact, Trait("promise", "M-534"), Trait("promise", "M-543")]
    public async Task Job_of_a_token_is_that_of_its_user_and_patient_and_a_Group_takes_a_system()
    {
        using var auth = new FakeAuthorizationServer();
        using var ehr = new FakeEhr();
        await using var server = await ehr.ServeAsync([.. auth.Trusted, "--Smart:Issuers:0:Tenant", "ehr"]);
        const string Patient = "patient/Patient.r patient/Observation.rs patient/RiskAssessment.c", Path = "/fhir/Patient/demo-stable/$assess-risk";
        (await server.LaterAsync(Path, token: auth.Token(server, Patient, "demo-recovering"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        string path = new Uri((await server.LaterAsync(Path, token: auth.Token(server, Patient, "demo-stable"))).StatusUrl()).AbsolutePath;
        Answer mine;
        do
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            mine = await FakeEhr.SendAsync(server, HttpMethod.Get, path, auth.Token(server, Patient, "demo-stable"));
        }
        while (mine.Status is HttpStatusCode.Accepted or HttpStatusCode.TooManyRequests);
        Assert.Equal("200", mine.StatusOfEntry());
        foreach (string other in (string[])[auth.Token(server, Patient, "demo-recovering"), auth.Token(server, "system/*.cruds"), ehr.Token(server.Origin + path)])
            (await FakeEhr.SendAsync(server, HttpMethod.Get, path, other)).AssertFailure(HttpStatusCode.NotFound, "not-found");

        // Without a token nobody could fetch the result: the answer comes at once.
        (await server.LaterAsync("/fhir/$model-card", """{"resourceType":"Parameters","parameter":[{"name":"model","valueString":"icu-mortality"}]}""")).AssertOk();

        const string Group = "/fhir/Group/demo-patients/$assess-risk";
        foreach (string few in (string[])["user/*.cruds", "patient/*.cruds", "system/Patient.r system/Observation.rs system/RiskAssessment.c"])
            (await server.LaterAsync(Group, token: auth.Token(server, few, "demo-stable"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(HttpStatusCode.Accepted, (await server.LaterAsync(Group, token: auth.Token(server, "system/*.cruds"))).Status);
    }

    [Fact, Trait("promise", "M-534")]
    public void Job_keeps_everything_that_is_known_of_its_caller()
    {
        // A member that is added to either record and not to JobCaller is a right, or a restriction, that a job would run without.
        Assert.Equal(["Access", "Caller", "Client", "CodesOf", "Id", "IsAudited", "OnlyTenant", "Started", "Tenant", "User"], Members(typeof(RequestFacts)));
        Assert.Equal(["FhirOrigins", "MayReadAudit", "MayReadFeedback", "Name", "SmartLaunchUrl", "Tenant"], Members(typeof(ClientIdentity)));
        Assert.Equal(["MayReadAudit", "Only", "Patient", "Scopes", "Tenant"], Members(typeof(FhirAccess)));
        var patient = new PatientKey("t", "https://ehr.example.org/fhir", "7");
        var facts = new RequestFacts("id", Call.SampleTime)
        {
            Client = "c",
            Tenant = "t",
            User = "Practitioner/1",
            Caller = new ClientIdentity("c", "t", true, new HashSet<Fhir.Access.Outbound.Origin>(), null) { MayReadAudit = true },
            Access = new FhirAccess("t", SmartScopes.Parse("patient/Observation.rs user/*.cruds"), patient) { Only = patient, MayReadAudit = true },
        };
        // As it comes back from the disk.
        var wish = new JobWish("assess-risk", null, null, Call.SampleTime, "https://medai.example.org/fhir/$assess-risk", Fhir.Conformance.Answers.ReturnPreference.None, JobCaller.Of(facts));
        var again = JobWish.TryRead(wish.ToUtf8())!.Caller.ToFacts();
        Assert.Equal(facts with { Caller = again.Caller, Access = again.Access }, again);
        Assert.Equal(facts.Caller with { FhirOrigins = again.Caller!.FhirOrigins }, again.Caller);
        Assert.Equal(facts.Access with { Scopes = again.Access!.Scopes }, again.Access);
        Assert.Equal(facts.Access.Scopes.ToString(), again.Access.Scopes.ToString());
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { User = null }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Access = facts.Access with { Patient = null } }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Tenant = "u" }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Client = "d" }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { User = "Practitioner/2" }));
        Assert.NotEqual(JobCaller.OwnerOf(facts), JobCaller.OwnerOf(facts with { Access = facts.Access with { Patient = patient with { Id = "q" } } }));

        static string[] Members(Type type) => [.. type.GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance).Select(p => p.Name).Order(StringComparer.Ordinal)];
    }
}
