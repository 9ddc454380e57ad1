using CsCheck;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.CdsHooks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.CdsHooks;

public sealed class HookRequestValidatorTests
{
    private static readonly Gen<string?> Hook = OneOf<string?>("patient-view", null, "", " ", "order-select", "order-sign", "encounter-start", "encounter-discharge", "appointment-book", "org.example.view");
    private static readonly Gen<string?> Instance = OneOf<string?>("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", null, "", "no-uuid");
    private static readonly Gen<string?> Server = OneOf<string?>("https://ehr.example.org/r4", null, "", "https://EHR.example.org/r4", "http://ehr.example.org/r4", "http://127.0.0.1:8080/fhir", "https://user@ehr.example.org", "https://ehr.example.org/r4?x=1", "ftp://ehr", "nonsense");
    private static readonly Gen<string?> User = OneOf<string?>("Practitioner/1", null, "", "Patient/1", "practitioner/1", "Practitioner/", "Practitioner/1\n");
    private static readonly Gen<string?> Id = OneOf<string?>("p1", null, "", " ", "p/1", "p1\n");
    private static readonly Gen<HookAuthorization?> Authorization =
        Gen.Select(Gen.Bool, OneOf<string?>("token", null, "", "to ken"), OneOf<string?>("Bearer", null, "mac"), OneOf<int?>(300, null), OneOf<string?>("patient/*.read", null),
            (given, token, type, seconds, scope) => given ? new HookAuthorization { AccessToken = token, TokenType = type, ExpiresIn = seconds, Scope = scope, Subject = scope } : null);

    private static readonly Gen<HookRequest> Request = Gen.Select(Gen.Select(Hook, Instance, Server, Authorization), Gen.Select(OneOf(true, false), User, Id, Id, Id), OneOf<string?>(null, "context.userId"),
        (head, context, wrong) => new HookRequest
        {
            Hook = head.Item1,
            HookInstance = head.Item2,
            FhirServer = head.Item3,
            Authorization = head.Item4,
            HasContext = context.Item1,
            UserId = context.Item1 ? context.Item2 : null,
            PatientId = context.Item1 ? context.Item3 : null,
            EncounterId = context.Item1 ? context.Item4 : null,
            ImagingStudyId = context.Item1 ? context.Item5 : null,
            WrongTypes = wrong is null ? [] : [wrong],
        });

    [Theory, Trait("promise", "M-394")]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Quick_check_accepts_exactly_what_the_full_one_finds_no_fault_in(bool demo, bool loopbackHttp)
    {
        var validator = Validator(demo, loopbackHttp);
        int accepted = 0;
        Request.Sample(request =>
        {
            bool quick = validator.Accepts(request);
            if (quick)
                Interlocked.Increment(ref accepted);
            return quick == validator.Validate(request).IsValid;
        }, iter: 20_000);
        Assert.InRange(accepted, 1, 19_999);
    }

    [Fact, Trait("promise", "M-394")]
    public void Every_fault_of_a_request_is_named_at_once()
    {
        var faults = Validator(demo: false, loopbackHttp: false).Validate(new HookRequest { Hook = "order-select", HasContext = true, UserId = "Patient/1", FhirServer = "http://ehr.example.org" }).Errors;

        Assert.Equal(["hookInstance", "fhirServer", "context.userId", "context.patientId", "context.selections", "context.draftOrders"], faults.Select(f => f.PropertyName));
    }

    /// <summary>Four times in five the first, so that requests without a fault occur too.</summary>
    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, (values.Length * 5) - 1].Select(i => values[i < values.Length ? i : 0]);

    private static HookRequestValidator Validator(bool demo, bool loopbackHttp) =>
        new(Options.Create(new ServerOptions { Demo = demo }), Options.Create(new OutboundOptions { LoopbackHttp = loopbackHttp }), new NoEnvironment());

    private sealed class NoEnvironment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
