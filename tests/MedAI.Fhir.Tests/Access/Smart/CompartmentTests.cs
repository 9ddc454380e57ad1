using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Store;
using MedAI.Fhir.Tests.Access.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Access.Smart;

/// <summary>A token that is about one patient reaches that patient alone: within its tenant, under its own FHIR base, by every route.</summary>
[Trait("promise", "M-505")]
public sealed class CompartmentTests(CompartmentTests.Hospital hospital) : IClassFixture<CompartmentTests.Hospital>
{
    private const string EhrBase = "https://ehr.example.org/r4";

    private const string All = "patient/*.cruds";

    private MedAIServer Server => hospital.Server;

    private string Token(string patient, string scope = All) => hospital.Auth.Token(Server, scope, patient);

    private Task<Answer> GetAsync(string path, string token) => FakeEhr.SendAsync(Server, HttpMethod.Get, "/fhir/" + path, token);

    private Task<Answer> PostAsync(string path, string token, JsonNode? body = null) => FakeEhr.SendAsync(Server, HttpMethod.Post, "/fhir/" + path, token, body ?? new JsonObject { ["resourceType"] = "Parameters" });

    [Fact, Trait("promise", "S-17")]
    public async Task Another_patients_result_is_as_unknown_as_none()
    {
        foreach (string reference in hospital.OfA)
        {
            var own = await GetAsync(reference, Token("a"));
            Assert.True(own.Status == HttpStatusCode.OK, $"{reference}: {own.Status}");
            var foreign = await GetAsync(reference, Token("b"));
            var none = await GetAsync(reference.Split('/')[0] + "/0197aaaa-0000-7000-8000-000000000000", Token("b"));
            Assert.Equal(HttpStatusCode.NotFound, foreign.Status);
            Assert.Equal(none.Text.Replace(none.RequestId, "", StringComparison.Ordinal), foreign.Text.Replace(foreign.RequestId, "", StringComparison.Ordinal));
            Assert.Equal(Headers(none), Headers(foreign));
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(reference + "/_history/1", Token("b"))).Status);
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(reference + "/_history/1", Token("a"))).Status);
        }
        // The same id at another FHIR server is another patient, and so is that of another tenant.
        string risk = hospital.OfA.First(r => r.StartsWith("RiskAssessment", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(risk, hospital.Local.Token(Server, All, "a", p => p["iss"] = Hospital.LocalIssuer))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(risk, hospital.Elsewhere.Token(Server, All, "a", p => p["iss"] = Hospital.ElsewhereIssuer))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(risk, hospital.Elsewhere.Token(Server, "system/*.cruds", payload: p => p["iss"] = Hospital.ElsewhereIssuer))).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(risk, hospital.Auth.Token(Server, "user/*.cruds"))).Status);

        static string[] Headers(Answer answer) => [.. answer.Response.Headers.Where(h => h.Key is not ("X-Request-ID" or "Date")).Select(h => $"{h.Key}: {string.Join(',', h.Value)}")];
    }

    [Fact]
    public async Task Bytes_of_a_Binary_are_guarded_by_its_securityContext()
    {
        string binary = hospital.OfChest.Single(r => r.StartsWith("Binary", StringComparison.Ordinal));
        async Task<HttpStatusCode> BytesAsync(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/fhir/" + binary);
            request.Headers.Authorization = new("Bearer", token);
            request.Headers.TryAddWithoutValidation("Accept", "image/png");
            return (await Server.Client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode;
        }
        string Local(string patient) => hospital.Local.Token(Server, All, patient, p => p["iss"] = Hospital.LocalIssuer);
        Assert.Equal(HttpStatusCode.OK, await BytesAsync(Local("demo-chest-clear")));
        Assert.Equal(HttpStatusCode.NotFound, await BytesAsync(Local("demo-stable")));
        foreach (string reference in hospital.OfChest)
        {
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(reference, Local("demo-chest-clear"))).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(reference, Local("demo-stable"))).Status);
        }
    }

    [Fact]
    public async Task Search_finds_the_own_reports_alone_and_refuses_to_name_others()
    {
        string Local(string patient) => hospital.Local.Token(Server, All, patient, p => p["iss"] = Hospital.LocalIssuer);
        Assert.Equal(1, (await GetAsync("DiagnosticReport", Local("demo-chest-clear"))).AssertOk().Json.GetProperty("total").GetInt32());
        Assert.Equal(1, (await GetAsync("DiagnosticReport?patient=demo-chest-clear", Local("demo-chest-clear"))).AssertOk().Json.GetProperty("total").GetInt32());
        Assert.Equal(1, (await GetAsync($"DiagnosticReport?subject={Server.FhirBase}/Patient/demo-chest-clear", Local("demo-chest-clear"))).AssertOk().Json.GetProperty("total").GetInt32());
        Assert.Equal(0, (await GetAsync("DiagnosticReport", Local("demo-stable"))).AssertOk().Json.GetProperty("total").GetInt32());
        foreach (string other in (string[])["demo-chest-clear", "nobody", "demo-stable,demo-chest-clear", EhrBase + "/Patient/demo-stable"])
            (await GetAsync("DiagnosticReport?patient=" + Uri.EscapeDataString(other), Local("demo-stable"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(0, (await GetAsync("DiagnosticReport", Token("a"))).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "S-13"), Trait("promise", "P-16")]
    public async Task Operation_about_another_patient_is_refused_before_the_model_is_asked_and_audited()
    {
        string Local(string patient) => hospital.Local.Token(Server, All, patient, p => p["iss"] = Hospital.LocalIssuer);
        int before = hospital.Asked;
        var refused = new List<Answer>
        {
            await PostAsync("Patient/demo-stable/$assess-risk", Local("demo-recovering")),
            await PostAsync("Patient/nobody/$assess-risk", Local("demo-recovering")),
            await PostAsync("Patient/demo-stable/$score-all", Local("demo-recovering")),
            await PostAsync("Patient/demo-stable/$what-if", Local("demo-recovering")),
            await PostAsync("$assess-risk", Local("demo-recovering"), Call.Parameters("demo-stable")),
            await PostAsync("Patient/$assess-risk", Local("demo-recovering"), Call.Record("demo-stable")),
            // The own Patient, and a measurement of somebody else among the data.
            await PostAsync("$assess-risk", Token("demo-recovering"), With(Call.Parameters("demo-recovering"), data => Resources(data).First(r => (string?)r["resourceType"] == "Observation")["subject"]!["reference"] = "Patient/demo-stable")),
            await PostAsync("$assess-risk", Token("demo-recovering"), With(Call.Parameters("demo-recovering"), data => Resources(data).First(r => (string?)r["resourceType"] == "Observation")["subject"]!["reference"] = "https://elsewhere.example.org/Patient/demo-recovering")),
            await PostAsync("$assess-risk", Token("demo-recovering"), With(Call.Parameters("demo-recovering"), data => Resources(data).First(r => (string?)r["resourceType"] == "Observation")["subject"]!["reference"] = "Group/g")),
            // The same id at another server.
            await PostAsync("$assess-risk", Token("demo-recovering"), With(Call.Parameters("demo-recovering"), data => data["entry"]!.AsArray().First(e => (string?)e!["resource"]!["resourceType"] == "Patient")!["fullUrl"] = "https://elsewhere.example.org/Patient/demo-recovering")),
            await PostAsync("ImagingStudy/$interpret-imaging", Local("demo-stable"), Study("demo-chest-clear")),
        };
        foreach (var answer in refused)
        {
            answer.AssertFailure(HttpStatusCode.Forbidden, "forbidden");
            var row = Assert.Single(await Server.AuditAsync(answer));
            Assert.Equal(("denied", 403), (row.Outcome, row.Status));
            Assert.StartsWith("operation:", row.Trigger, StringComparison.Ordinal);
        }
        // Whether there is such a patient makes no difference.
        Assert.Equal(refused[0].Text.Replace(refused[0].RequestId, "", StringComparison.Ordinal), refused[1].Text.Replace(refused[1].RequestId, "", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("ImagingStudy/demo-chest-clear/$interpret-imaging", Local("demo-stable"))).Status);
        Assert.Equal(before, hospital.Asked);
        (await PostAsync("Patient/demo-recovering/$assess-risk", Local("demo-recovering"))).AssertOk();
        Assert.Equal(before + 1, hospital.Asked);
    }

    [Fact]
    public async Task Data_without_an_address_are_those_of_the_tokens_patient_and_the_result_can_be_read_back()
    {
        var body = With(Call.Parameters("demo-recovering"), data =>
        {
            foreach (var entry in data["entry"]!.AsArray())
                entry!.AsObject().Remove("fullUrl");
        });
        var risk = (await PostAsync("$assess-risk", Token("demo-recovering"), body)).AssertOk();
        Assert.Equal($"{EhrBase}/Patient/demo-recovering", risk.Json.GetProperty("subject").GetProperty("reference").GetString());
        (await GetAsync("RiskAssessment/" + risk.Id, Token("demo-recovering"))).AssertOk();
        (await GetAsync($"RiskAssessment/{risk.Id}/$explain", Token("demo-recovering", "patient/RiskAssessment.r"))).AssertOk();
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"RiskAssessment/{risk.Id}/$explain", Token("a"))).Status);
    }

    [Fact, Trait("promise", "M-506")]
    public async Task What_is_not_stored_needs_no_right_to_create()
    {
        const string read = "patient/Patient.r patient/Observation.rs";
        string Local(string scope) => hospital.Local.Token(Server, scope, "demo-stable", p => p["iss"] = Hospital.LocalIssuer);
        var persist = new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = new JsonArray(new JsonObject { ["name"] = "persist", ["valueBoolean"] = false }) };
        foreach (string operation in (string[])["$assess-risk", "$score-all"])
        {
            (await PostAsync("Patient/demo-stable/" + operation, Local(read))).AssertFailure(HttpStatusCode.Forbidden, "forbidden");
            (await PostAsync("Patient/demo-stable/" + operation, Local(read), persist.DeepClone())).AssertOk();
            (await PostAsync("Patient/demo-stable/" + operation, Local(read + " patient/RiskAssessment.c"))).AssertOk();
        }
        // S-16: without Observation nothing is read.
        var lacking = await PostAsync("Patient/demo-stable/$assess-risk", Local("patient/Patient.rs patient/RiskAssessment.c"));
        lacking.AssertFailure(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal("""Bearer error="insufficient_scope" """.TrimEnd(), lacking.Response.Headers.WwwAuthenticate.ToString());
    }

    private static JsonObject With(JsonObject parameters, Action<JsonObject> change)
    {
        change(parameters["parameter"]!.AsArray().First(p => (string?)p!["name"] == "data")!["resource"]!.AsObject());
        return parameters;
    }

    private static IEnumerable<JsonObject> Resources(JsonObject bundle) => bundle["entry"]!.AsArray().Select(e => e!["resource"]!.AsObject());

    private static JsonNode Study(string name) => JsonNode.Parse(File.ReadAllBytes(MedAI.Testing.RepositoryRoot.Combine("samples", "imaging", name + ".json")))!;

    /// <summary>A demo hospital with the authorization servers of an EHR, of itself, and of somebody else; results of patient a of the EHR and of a film of its own.</summary>
    public sealed class Hospital : IAsyncLifetime
    {
        internal const string LocalIssuer = "https://auth.local.example.org";
        internal const string ElsewhereIssuer = "https://auth.elsewhere.example.org";

        private StubbornCatalog? _models;

        public MedAIServer Server { get; private set; } = null!;

        internal FakeAuthorizationServer Auth { get; } = new();

        internal FakeAuthorizationServer Local { get; } = new();

        internal FakeAuthorizationServer Elsewhere { get; } = new();

        public string[] OfA { get; private set; } = [];

        public string[] OfChest { get; private set; } = [];

        /// <summary>How often a model was asked.</summary>
        public int Asked => _models!.Asked;

        public async ValueTask InitializeAsync()
        {
            Server = await MedAIServer.StartAsync(null,
            [
                .. Auth.Trusted, "--Smart:Issuers:0:PatientFhirBase", EhrBase, "--Smart:Issuers:1:Name", "local", "--Smart:Issuers:1:Issuer", LocalIssuer, "--Smart:Issuers:1:JwksFile", Local.KeysFile,
                "--Smart:Issuers:1:Tenant", "auth", "--Smart:Issuers:2:Name", "elsewhere", "--Smart:Issuers:2:Issuer", ElsewhereIssuer, "--Smart:Issuers:2:JwksFile", Elsewhere.KeysFile,
                "--Smart:Issuers:2:PatientFhirBase", EhrBase, "--demo", "--WhatIf:Enabled", "true", "--MedAI:DeadlineMilliseconds", "50000",
            ], builder => StubbornCatalog.Use(builder, null));
            _models = (StubbornCatalog)Server.App.Services.GetRequiredService<Models.Packages.IModelCatalog>();
            var body = Call.Parameters("demo-deteriorating");
            body = JsonNode.Parse(body.ToJsonString().Replace("https://ehr.example.org/fhir/", EhrBase + "/", StringComparison.Ordinal).Replace("Patient/demo-deteriorating", "Patient/a", StringComparison.Ordinal)
                .Replace("\"id\":\"demo-deteriorating\"", "\"id\":\"a\"", StringComparison.Ordinal))!.AsObject();
            (await FakeEhr.SendAsync(Server, HttpMethod.Post, "/fhir/$assess-risk", Auth.Token(Server, All, "a"), body)).AssertOk();
            OfA = await WrittenAsync(EhrBase + "/Patient/a\"", "RiskAssessment");
            (await FakeEhr.SendAsync(Server, HttpMethod.Post, "/fhir/ImagingStudy/demo-chest-clear/$interpret-imaging", Local.Token(Server, All, "demo-chest-clear", p => p["iss"] = LocalIssuer))).AssertOk();
            OfChest = await WrittenAsync("\"Patient/demo-chest-clear\"", "DiagnosticReport");
            Assert.Equal(["Provenance", "RiskAssessment"], OfA.Select(r => r.Split('/')[0]).Order(StringComparer.Ordinal));
            Assert.Equal(["Binary", "DiagnosticReport", "Media", "Observation", "Provenance"], OfChest.Select(r => r.Split('/')[0]).Distinct().Order(StringComparer.Ordinal));
        }

        /// <summary>What was written about a patient, with the Provenance of it.</summary>
        private async Task<string[]> WrittenAsync(string subject, string main)
        {
            var store = Server.App.Services.GetRequiredService<IResourceStore>();
            List<string> found = [];
            foreach (string type in (string[])["RiskAssessment", "DiagnosticReport", "Observation", "Media", "Binary"])
            {
                foreach (var resource in await store.ListAsync(type, 10_000, default))
                {
                    if (resource.Tenant is not null && Encoding.UTF8.GetString(resource.Json.Span).Contains(subject, StringComparison.Ordinal))
                        found.Add($"{type}/{resource.Id}");
                }
            }
            string first = found.First(r => r.StartsWith(main, StringComparison.Ordinal));
            foreach (var resource in await store.ListAsync("Provenance", 10_000, default))
            {
                if (Encoding.UTF8.GetString(resource.Json.Span).Contains(first, StringComparison.Ordinal))
                    found.Add("Provenance/" + resource.Id);
            }
            return [.. found];
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Auth.Dispose();
            Local.Dispose();
            Elsewhere.Dispose();
        }
    }
}
