using System.Text.Json;
using System.Text.RegularExpressions;
using FluentValidation;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Reading;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The rules of the CDS Hooks 2.0 request and of each hook's context; every fault is reported at once.</summary>
/// <remarks>
/// Source of the contexts: the CDS Hooks library 1.0.1. A hook that an organisation defines itself needs a user and a patient here, because every answer is about a
/// patient and audited with its user.
/// </remarks>
public sealed partial class HookRequestValidator : AbstractValidator<HookRequest>
{
    private const int LongestToken = 16_384;

    /// <summary>Where orders are made: by somebody who may make them.</summary>
    private static readonly string[] OrderHooks = ["order-select", "order-sign"];

    private static readonly string[] EncounterHooks = ["encounter-start", "encounter-discharge"];

    /// <param name="server">In demo mode no data is real, and a sandbox may be named that has no TLS.</param>
    /// <param name="outbound">Whether loopback addresses may go without TLS.</param>
    public HookRequestValidator(IOptions<ServerOptions> server, IOptions<OutboundOptions> outbound, IHostEnvironment environment)
    {
        bool demo = server.Value.Demo;
        bool loopbackHttp = outbound.Value.LoopbackHttp ?? environment.IsDevelopment();
        RuleForEach(r => r.WrongTypes)
            .Must(_ => false)
            .WithMessage((_, member) => $"{member} has the wrong JSON type");
        RuleFor(r => r.Hook).NotEmpty().WithMessage("hook is required").OverridePropertyName("hook");
        RuleFor(r => r.HookInstance).NotEmpty().WithMessage("hookInstance is required").OverridePropertyName("hookInstance");
        RuleFor(r => r.HookInstance).Must(v => Guid.TryParse(v, out _)).When(r => !string.IsNullOrEmpty(r.HookInstance))
            .WithMessage("hookInstance must be a UUID").OverridePropertyName("hookInstance");
        RuleFor(r => r.HasContext).Equal(true).WithMessage("context is required and must be an object").OverridePropertyName("context");
        When(r => r.HasContext, RulesOfContext);
        RuleFor(r => r.FhirServer).Must(IsServerUrl).When(r => r.FhirServer is not null)
            .WithMessage("fhirServer must be an absolute http(s) URL without user info, query or fragment").OverridePropertyName("fhirServer");
        RuleFor(r => r.FhirServer).Must(v => demo || IsProtected(v!, loopbackHttp)).When(r => r.FhirServer is not null && IsServerUrl(r.FhirServer))
            .WithMessage("fhirServer must be https").OverridePropertyName("fhirServer");
        RuleFor(r => r.FhirServer).NotNull().When(r => r.Authorization is not null)
            .WithMessage("fhirServer is required with fhirAuthorization").OverridePropertyName("fhirServer");
        When(r => r.Authorization is not null, RulesOfAuthorization);
    }

    private void RulesOfContext()
    {
        RuleFor(r => r.UserId).NotEmpty().WithMessage("context.userId is required").OverridePropertyName("context.userId");
        RuleFor(r => r.UserId).Must(v => UserReference().IsMatch(v!)).When(r => !string.IsNullOrEmpty(r.UserId))
            .WithMessage("context.userId must be [ResourceType]/[id]").OverridePropertyName("context.userId");
        RuleFor(r => r.UserId).Must(v => v!.StartsWith("Practitioner/", StringComparison.Ordinal) || v.StartsWith("PractitionerRole/", StringComparison.Ordinal))
            .When(r => OrderHooks.Contains(r.Hook, StringComparer.Ordinal) && !string.IsNullOrEmpty(r.UserId) && UserReference().IsMatch(r.UserId))
            .WithMessage("context.userId must be a Practitioner or PractitionerRole for this hook").OverridePropertyName("context.userId");
        RuleFor(r => r.PatientId).NotEmpty().WithMessage("context.patientId is required").OverridePropertyName("context.patientId");
        RuleFor(r => r.PatientId).Must(v => FhirId().IsMatch(v!)).When(r => !string.IsNullOrEmpty(r.PatientId))
            .WithMessage("context.patientId must be a FHIR id").OverridePropertyName("context.patientId");
        RuleFor(r => r.EncounterId).NotNull().When(r => EncounterHooks.Contains(r.Hook, StringComparer.Ordinal))
            .WithMessage("context.encounterId is required for this hook").OverridePropertyName("context.encounterId");
        RuleFor(r => r.EncounterId).Must(v => FhirId().IsMatch(v!)).When(r => r.EncounterId is not null)
            .WithMessage("context.encounterId must be a FHIR id").OverridePropertyName("context.encounterId");
        RuleFor(r => r.ImagingStudyId).Must(v => FhirId().IsMatch(v!)).When(r => r.ImagingStudyId is not null)
            .WithMessage("context.imagingStudyId must be a FHIR id").OverridePropertyName("context.imagingStudyId");
        RuleFor(r => r.Selections).Must(AreSelections).When(r => r.Hook == "order-select")
            .WithMessage("context.selections must be a list of at least one [ResourceType]/[id]").OverridePropertyName("context.selections");
        RuleFor(r => r.DraftOrders).Must(IsBundle).When(r => OrderHooks.Contains(r.Hook, StringComparer.Ordinal))
            .WithMessage("context.draftOrders must be a Bundle").OverridePropertyName("context.draftOrders");
        RuleFor(r => r.Appointments).Must(IsBundle).When(r => r.Hook == "appointment-book")
            .WithMessage("context.appointments must be a Bundle").OverridePropertyName("context.appointments");
    }

    private void RulesOfAuthorization()
    {
        RuleFor(r => r.Authorization!.AccessToken).Must(v => v is { Length: > 0 and <= LongestToken } && !v.AsSpan().ContainsAnyExceptInRange('!', '~'))
            .WithMessage("fhirAuthorization.access_token is required and must be a token").OverridePropertyName("fhirAuthorization.access_token");
        RuleFor(r => r.Authorization!.TokenType).Must(v => string.Equals(v, "Bearer", StringComparison.OrdinalIgnoreCase))
            .WithMessage("fhirAuthorization.token_type must be Bearer").OverridePropertyName("fhirAuthorization.token_type");
        RuleFor(r => r.Authorization!.ExpiresIn).NotNull()
            .WithMessage("fhirAuthorization.expires_in is required and must be a whole number of seconds").OverridePropertyName("fhirAuthorization.expires_in");
        RuleFor(r => r.Authorization!.Scope).NotNull()
            .WithMessage("fhirAuthorization.scope is required").OverridePropertyName("fhirAuthorization.scope");
        RuleFor(r => r.Authorization!.Subject).NotNull()
            .WithMessage("fhirAuthorization.subject is required").OverridePropertyName("fhirAuthorization.subject");
    }

    private static bool AreSelections(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0
        && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && UserReference().IsMatch(item.GetString()!));

    private static bool IsBundle(JsonElement? value) => value is { } bundle && FhirJson.Is(FhirJson.Member(bundle, "resourceType"u8), "Bundle"u8);

    private static bool IsServerUrl(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;

    private static bool IsProtected(string value, bool loopbackHttp) =>
        value.StartsWith("https:", StringComparison.OrdinalIgnoreCase) || (loopbackHttp && Origin.TryRead(value, out var origin, out _) && origin.IsLoopback);

    [GeneratedRegex(@"^[A-Za-z0-9\-.]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FhirId();

    [GeneratedRegex(@"^[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserReference();
}
