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
/// patient and audited with its user. The rules stand in one list: nearly every request breaks none, and is let through by the list alone.
/// </remarks>
public sealed partial class HookRequestValidator : AbstractValidator<HookRequest>
{
    private const int LongestToken = 16_384;

    private readonly Rule[] _rules;

    /// <param name="server">In demo mode no data is real, and a sandbox may be named that has no TLS.</param>
    /// <param name="outbound">Whether loopback addresses may go without TLS.</param>
    public HookRequestValidator(IOptions<ServerOptions> server, IOptions<OutboundOptions> outbound, IHostEnvironment environment)
    {
        bool demo = server.Value.Demo;
        bool loopbackHttp = outbound.Value.LoopbackHttp ?? environment.IsDevelopment();
        _rules = [.. RulesOfRequest(demo, loopbackHttp), .. RulesOfContext(), .. RulesOfAuthorization()];
        RuleForEach(r => r.WrongTypes)
            .Must(_ => false)
            .WithMessage((_, member) => $"{member} has the wrong JSON type");
        foreach (var rule in _rules)
            RuleFor(r => r).Must(r => rule.Holds(r)).When(r => rule.Concerns(r)).WithMessage(rule.Message).OverridePropertyName(rule.Member);
    }

    /// <summary>True when <see cref="AbstractValidator{T}.Validate(T)"/> would find nothing; it costs a hundredth of that.</summary>
    public bool Accepts(HookRequest request)
    {
        if (request.WrongTypes.Count > 0)
            return false;
        foreach (var rule in _rules)
        {
            if (rule.Concerns(request) && !rule.Holds(request))
                return false;
        }
        return true;
    }

    private static Rule[] RulesOfRequest(bool demo, bool loopbackHttp) =>
    [
        new("hook", "hook is required", _ => true, r => !string.IsNullOrWhiteSpace(r.Hook)),
        new("hookInstance", "hookInstance is required", _ => true, r => !string.IsNullOrWhiteSpace(r.HookInstance)),
        new("hookInstance", "hookInstance must be a UUID", r => !string.IsNullOrEmpty(r.HookInstance), r => Guid.TryParse(r.HookInstance, out _)),
        new("context", "context is required and must be an object", _ => true, r => r.HasContext),
        new("fhirServer", "fhirServer must be an absolute http(s) URL without user info, query or fragment", r => r.FhirServer is not null, r => IsServerUrl(r.FhirServer)),
        new("fhirServer", "fhirServer must be https", r => r.FhirServer is { } url && !demo && !IsHttps(url) && IsServerUrl(url), r => loopbackHttp && IsLoopback(r.FhirServer!)),
        new("fhirServer", "fhirServer is required with fhirAuthorization", r => r.Authorization is not null, r => r.FhirServer is not null),
    ];

    private static Rule[] RulesOfContext() =>
    [
        new("context.userId", "context.userId is required", r => r.HasContext, r => !string.IsNullOrWhiteSpace(r.UserId)),
        new("context.userId", "context.userId must be [ResourceType]/[id]", r => !string.IsNullOrEmpty(r.UserId), r => UserReference().IsMatch(r.UserId!)),
        new("context.userId", "context.userId must be a Practitioner or PractitionerRole for this hook", r => IsAboutOrders(r) && !string.IsNullOrEmpty(r.UserId) && UserReference().IsMatch(r.UserId),
            r => r.UserId!.StartsWith("Practitioner/", StringComparison.Ordinal) || r.UserId.StartsWith("PractitionerRole/", StringComparison.Ordinal)),
        new("context.patientId", "context.patientId is required", r => r.HasContext, r => !string.IsNullOrWhiteSpace(r.PatientId)),
        new("context.patientId", "context.patientId must be a FHIR id", r => !string.IsNullOrEmpty(r.PatientId), r => FhirId.IsValid(r.PatientId!)),
        new("context.encounterId", "context.encounterId is required for this hook", r => r.HasContext && r.Hook is "encounter-start" or "encounter-discharge", r => r.EncounterId is not null),
        new("context.encounterId", "context.encounterId must be a FHIR id", r => r.EncounterId is not null, r => FhirId.IsValid(r.EncounterId!)),
        new("context.imagingStudyId", "context.imagingStudyId must be a FHIR id", r => r.ImagingStudyId is not null, r => FhirId.IsValid(r.ImagingStudyId!)),
        new("context.selections", "context.selections must be a list of at least one [ResourceType]/[id]", r => r.HasContext && r.Hook == "order-select", r => AreSelections(r.Selections)),
        new("context.draftOrders", "context.draftOrders must be a Bundle", r => r.HasContext && IsAboutOrders(r), r => IsBundle(r.DraftOrders)),
        new("context.appointments", "context.appointments must be a Bundle", r => r.HasContext && r.Hook == "appointment-book", r => IsBundle(r.Appointments)),
    ];

    private static Rule[] RulesOfAuthorization() =>
    [
        new("fhirAuthorization.access_token", "fhirAuthorization.access_token is required and must be a token", HasAuthorization,
            r => r.Authorization!.AccessToken is { Length: > 0 and <= LongestToken } token && !token.AsSpan().ContainsAnyExceptInRange('!', '~')),
        new("fhirAuthorization.token_type", "fhirAuthorization.token_type must be Bearer", HasAuthorization,
            r => string.Equals(r.Authorization!.TokenType, "Bearer", StringComparison.OrdinalIgnoreCase)),
        new("fhirAuthorization.expires_in", "fhirAuthorization.expires_in is required and must be a whole number of seconds", HasAuthorization, r => r.Authorization!.ExpiresIn is not null),
        new("fhirAuthorization.scope", "fhirAuthorization.scope is required", HasAuthorization, r => r.Authorization!.Scope is not null),
        new("fhirAuthorization.subject", "fhirAuthorization.subject is required", HasAuthorization, r => r.Authorization!.Subject is not null),
    ];

    private static bool HasAuthorization(HookRequest request) => request.Authorization is not null;

    /// <summary>Where orders are made: by somebody who may make them.</summary>
    private static bool IsAboutOrders(HookRequest request) => request.Hook is "order-select" or "order-sign";

    private static bool AreSelections(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0
        && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && UserReference().IsMatch(item.GetString()!));

    private static bool IsBundle(JsonElement? value) => value is { } bundle && FhirJson.Is(FhirJson.Member(bundle, "resourceType"u8), "Bundle"u8);

    private static bool IsServerUrl(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;

    private static bool IsHttps(string value) => value.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static bool IsLoopback(string value) => Origin.TryRead(value, out var origin, out _) && origin.IsLoopback;

    [GeneratedRegex(@"^[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}\z", RegexOptions.CultureInvariant, 200)]
    private static partial Regex UserReference();

    /// <param name="Member">Path of what is wrong, under the request.</param>
    /// <param name="Concerns">Whether the rule is about such a request at all.</param>
    private sealed record Rule(string Member, string Message, Func<HookRequest, bool> Concerns, Func<HookRequest, bool> Holds);
}
