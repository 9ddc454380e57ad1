using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Clients;
using MedAI.Fhir.Tests.Access.Smart;

namespace MedAI.Fhir.Tests.Store.Writes;

/// <summary>Who may write what: scopes, the one patient of a token, the tenant.</summary>
[Trait("promise", "M-581")]
public sealed class WriteAccessTests(WriteAccessTests.Hospital hospital) : IClassFixture<WriteAccessTests.Hospital>
{
    private MedAIServer Server => hospital.Server;

    private string Token(string scope, string? patient = null) => hospital.Auth.Token(Server, scope, patient);

    private string Other(string scope) => hospital.Other.Token(Server, scope, payload: p => p["iss"] = Hospital.OtherIssuer);

    private Task<Answer> SendAsync(string method, string path, JsonNode? body, string? token, params (string Name, string Value)[] headers) => Server.SendAsync(method, path, body, token, headers);

    private async Task<string> PatientAsync() => (await SendAsync("POST", "Patient", Write.Patient(), Token("user/Patient.c"))).AssertStatus(HttpStatusCode.Created).Id;

    [Fact]
    public async Task Each_interaction_needs_its_right_for_the_type()
    {
        string id = await PatientAsync();
        foreach (string scope in (string[])["openid", "user/Patient.ruds", "user/Observation.cruds", "patient/Patient.c"])
            (await SendAsync("POST", "Patient", Write.Patient(), Token(scope))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), Token("user/Patient.crds"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("DELETE", $"Patient/{id}", null, Token("user/Patient.crus"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        // Under an id of the client's choice an update creates; a condition tells what is there.
        (await SendAsync("PUT", "Patient/chosen-1", Write.Patient("chosen-1"), Token("user/Patient.u"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("POST", "Patient", Write.Patient(), Token("user/Patient.c"), ("If-None-Exist", "identifier=1"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("POST", "Patient", Write.Patient(), null)).AssertStatus(HttpStatusCode.Unauthorized);

        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), Token("user/Patient.u"))).AssertOk();
        (await SendAsync("PUT", "Patient/chosen-1", Write.Patient("chosen-1"), Token("user/Patient.cu"))).AssertStatus(HttpStatusCode.Created);
        (await SendAsync("POST", "Patient", Write.Patient(), Token("user/Patient.write user/Patient.s"), ("If-None-Exist", "identifier=none-such"))).AssertStatus(HttpStatusCode.Created);
        (await SendAsync("DELETE", $"Patient/{id}", null, Token("system/*.d"))).AssertStatus(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Token_of_one_patient_writes_that_patients_record_alone()
    {
        string own = await PatientAsync(), another = await PatientAsync();
        string token = Token("patient/*.cruds", own);
        var written = (await SendAsync("POST", "Observation", Write.HeartRate($"Patient/{own}"), token)).AssertStatus(HttpStatusCode.Created);
        (await SendAsync("PUT", $"Observation/{written.Id}", Write.HeartRate($"Patient/{own}", 99, written.Id), token)).AssertOk();
        (await SendAsync("PUT", $"Patient/{own}", Write.Patient(own), token)).AssertOk();
        string foreign = (await SendAsync("POST", "Observation", Write.HeartRate($"Patient/{another}"), Token("user/*.cruds"))).AssertStatus(HttpStatusCode.Created).Id;

        // Another's, nobody's, and what everybody shares.
        var denied = await SendAsync("POST", "Observation", Write.HeartRate($"Patient/{another}"), token);
        denied.AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(("denied", 403), (Assert.Single(await Server.AuditAsync(denied)).Outcome, Assert.Single(await Server.AuditAsync(denied)).Status));
        (await SendAsync("PUT", $"Observation/{written.Id}", Write.HeartRate($"Patient/{another}", 99, written.Id), token)).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        var nobodys = Write.HeartRate("x");
        nobodys.Remove("subject");
        (await SendAsync("POST", "Observation", nobodys, token)).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("POST", "Location", new JsonObject { ["resourceType"] = "Location", ["name"] = "ICU" }, token)).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("POST", "Patient", Write.Patient(), token)).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        // What is another's is as unknown as what is not there.
        foreach (string id in (string[])[foreign, "not-there"])
        {
            (await SendAsync("PUT", $"Observation/{id}", Write.HeartRate($"Patient/{own}", id: id), token)).AssertFailure(HttpStatusCode.NotFound, "not-found");
            (await SendAsync("DELETE", $"Observation/{id}", null, token)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        }
        (await SendAsync("DELETE", $"Patient/{another}", null, token)).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await SendAsync("GET", $"Observation/{foreign}", null, Token("user/*.cruds"))).AssertOk();

        // What was deleted stays whose it was.
        (await SendAsync("DELETE", $"Observation/{written.Id}", null, token)).AssertStatus(HttpStatusCode.NoContent);
        (await SendAsync("GET", $"Observation/{written.Id}", null, token)).AssertFailure(HttpStatusCode.Gone, "gone");
        (await SendAsync("GET", $"Observation/{written.Id}", null, Token("patient/*.cruds", another))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await SendAsync("GET", $"Observation/{written.Id}/_history", null, Token("patient/*.cruds", another))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await SendAsync("PUT", $"Observation/{written.Id}", Write.HeartRate($"Patient/{own}", id: written.Id), token)).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task What_one_tenant_wrote_is_unknown_to_another_and_is_not_changed_by_it()
    {
        string id = await PatientAsync();
        string location = (await SendAsync("POST", "Location", new JsonObject { ["resourceType"] = "Location", ["name"] = "ICU" }, Token("user/*.cruds"))).AssertStatus(HttpStatusCode.Created).Id;
        foreach (string path in (string[])[$"Patient/{id}", $"Location/{location}"])
        {
            (await SendAsync("GET", path, null, Other("user/*.cruds"))).AssertFailure(HttpStatusCode.NotFound, "not-found");
            (await SendAsync("GET", path + "/_history", null, Other("user/*.cruds"))).AssertFailure(HttpStatusCode.NotFound, "not-found");
            (await SendAsync("DELETE", path, null, Other("user/*.cruds"))).AssertStatus(HttpStatusCode.NoContent);
            (await SendAsync("DELETE", path, null, Other("user/*.cruds"), ("If-Match", "*"))).AssertFailure(HttpStatusCode.PreconditionFailed, "precondition-failed");
            (await SendAsync("GET", path, null, Token("user/*.cruds"))).AssertOk();
        }
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), Other("user/*.cruds"))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await SendAsync("POST", "Patient", Write.Patient(number: "tenants"), Token("user/*.cruds"), ("If-None-Exist", "identifier=tenants"))).AssertStatus(HttpStatusCode.Created);
        (await SendAsync("POST", "Patient", Write.Patient(number: "tenants"), Other("user/*.cruds"), ("If-None-Exist", "identifier=tenants"))).AssertStatus(HttpStatusCode.Created);
        (await SendAsync("POST", "Patient", Write.Patient(number: "tenants"), Token("user/*.cruds"), ("If-None-Exist", "identifier=tenants"))).AssertOk();
        // After a deletion too.
        (await SendAsync("DELETE", $"Patient/{id}", null, Token("user/*.cruds"))).AssertStatus(HttpStatusCode.NoContent);
        (await SendAsync("GET", $"Patient/{id}", null, Other("user/*.cruds"))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        (await SendAsync("PUT", $"Patient/{id}", Write.Patient(id), Other("user/*.cruds"))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        // The demo's records are everybody's to read.
        (await SendAsync("PUT", "Patient/demo-stable", Write.Patient("demo-stable"), Token("user/*.cruds"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        (await SendAsync("DELETE", "Patient/demo-stable", null, Token("user/*.cruds"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact, Trait("promise", "M-583")]
    public async Task Each_entry_of_a_batch_is_checked_by_itself()
    {
        string own = await PatientAsync(), another = await PatientAsync();
        var batch = Write.Bundle("batch",
            Write.Entry("GET", $"Patient/{own}"),
            Write.Entry("GET", $"Patient/{another}"),
            Write.Entry("GET", "Observation"),
            Write.Entry("POST", "Observation", Write.HeartRate($"Patient/{another}")),
            Write.Entry("POST", $"Patient/{own}/$assess-risk", new JsonObject { ["resourceType"] = "Parameters" }),
            Write.Entry("GET", "metadata"));
        Assert.Equal(["200", "404", "403", "403", "403", "200"], (await SendAsync("POST", "", batch, Token("patient/Patient.r patient/Observation.c", own))).AssertOk().Statuses());
        Assert.Equal(["403", "403", "403", "403", "403", "200"], (await SendAsync("POST", "", batch.DeepClone(), Token("openid"))).AssertOk().Statuses());
        (await SendAsync("POST", "", batch.DeepClone(), null)).AssertStatus(HttpStatusCode.Unauthorized);
        Assert.Equal(["404", "404", "200", "201"], (await SendAsync("POST", "", Write.Bundle("batch", [.. batch["entry"]!.AsArray().Take(4).Select(e => e!.DeepClone().AsObject())]), Other("user/*.cruds"))).AssertOk().Statuses());
    }

    [Fact, Trait("promise", "M-583")]
    public async Task Token_of_an_EHR_that_is_good_for_one_use_is_good_for_one_Bundle()
    {
        string token = hospital.Ehr.Token(Server.Origin + "/fhir");
        var batch = Write.Bundle("batch", Write.Entry("GET", "Patient/demo-stable"), Write.Entry("GET", "Observation?patient=demo-stable"), Write.Entry("POST", "Patient", Write.Patient()));
        var answer = (await SendAsync("POST", "", batch, token)).AssertOk();
        Assert.Equal(["200", "200", "201"], answer.Statuses());
        Assert.All(await Server.AuditAsync(answer), r => Assert.Equal("ehr", r.Client));
        (await SendAsync("POST", "", batch.DeepClone(), token)).AssertStatus(HttpStatusCode.Unauthorized);
        // The same address with a slash at its end is another one.
        (await SendAsync("POST", "", batch.DeepClone(), hospital.Ehr.Token(Server.Origin + "/fhir/Patient"))).AssertStatus(HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("promise", "M-584")]
    public async Task Transaction_writes_nothing_where_one_entry_is_not_allowed()
    {
        string own = await PatientAsync(), another = await PatientAsync();
        string token = Token("patient/Observation.cruds patient/Patient.r", own);
        async Task<int> CountAsync() => (await SendAsync("GET", $"Observation?patient={own},{another}", null, Token("user/*.cruds"))).AssertOk().Json.GetProperty("total").GetInt32();

        foreach (var refused in (JsonObject[])[Write.Entry("POST", "Observation", Write.HeartRate($"Patient/{another}")), Write.Entry("PUT", $"Patient/{own}", Write.Patient(own)), Write.Entry("DELETE", $"Patient/{another}")])
        {
            var answer = await SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("POST", "Observation", Write.HeartRate($"Patient/{own}")), refused), token);
            answer.AssertFailure(HttpStatusCode.Forbidden, "forbidden");
            Assert.Equal("Bundle.entry[1]", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
            Assert.Contains(await Server.AuditAsync(answer), r => r.Outcome == "denied");
            Assert.Equal(0, await CountAsync());
        }
        (await SendAsync("POST", "", Write.Bundle("transaction", Write.Entry("POST", "Observation", Write.HeartRate($"Patient/{own}")), Write.Entry("GET", $"Patient/{own}")), token)).AssertOk();
        Assert.Equal(1, await CountAsync());
        // Rows and resources are the caller's tenant's.
        (await SendAsync("GET", $"Observation?patient={own}", null, Other("user/*.cruds"))).AssertOk();
        Assert.Equal(0, (await SendAsync("GET", $"Observation?patient={own}", null, Other("user/*.cruds"))).AssertOk().Json.GetProperty("total").GetInt32());
    }

    /// <summary>A demo hospital with an EHR, its authorization server and another hospital's.</summary>
    public sealed class Hospital : IAsyncLifetime
    {
        internal const string OtherIssuer = "https://auth.elsewhere.example.org";

        public MedAIServer Server { get; private set; } = null!;

        internal FakeAuthorizationServer Auth { get; } = new();

        internal FakeAuthorizationServer Other { get; } = new();

        internal FakeEhr Ehr { get; } = new();

        public async ValueTask InitializeAsync() => Server = await Ehr.ServeAsync([
            .. Auth.Trusted, "--Smart:Issuers:0:Tenant", "ehr", "--Smart:Issuers:1:Name", "elsewhere", "--Smart:Issuers:1:Issuer", OtherIssuer, "--Smart:Issuers:1:JwksFile", Other.KeysFile,
        ]);

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Auth.Dispose();
            Other.Dispose();
            Ehr.Dispose();
        }
    }
}
