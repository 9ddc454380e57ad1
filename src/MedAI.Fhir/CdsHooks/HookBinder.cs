using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>A valid request of a hook that the service answers.</summary>
/// <param name="Patient">The patient in context, as this server knows one.</param>
/// <param name="MayUseStore">True where our own store may speak of the patient.</param>
/// <param name="Access">What the client lent us for its FHIR server; null where it lent nothing.</param>
/// <param name="Denied">Why the client may not ask about this patient, to be audited; null when it may.</param>
public sealed record BoundHook(HookRequest Request, PatientKey Patient, bool MayUseStore, EhrAccess? Access, Failure? Denied);

/// <summary>Validates a request and binds it to a service and a patient.</summary>
public sealed partial class HookBinder(HookRequestValidator validator, PublicAddress address, IOptions<ServerOptions> options, ILogger<HookBinder> log)
{
    public (BoundHook? Hook, Failure? Failure) Bind(HookService service, HookRequest request, RequestFacts facts)
    {
        // What else is wrong depends on the hook.
        if (!string.IsNullOrEmpty(request.Hook) && !service.Answers(request.Hook))
            return (null, new Failure(FailureCode.HookNotSupported, $"This service answers {string.Join(", ", service.Definitions.Select(d => d.Hook))}.", "$.hook"));
        if (!validator.Accepts(request))
            return (null, new Failure(FailureCode.MalformedRequest, [.. validator.Validate(request).Errors.Select(e => new FailureIssue(e.ErrorMessage, "$." + e.PropertyName))]));

        string fhirBase = request.FhirServer?.TrimEnd('/') ?? address.FhirBase;
        var access = request.Authorization is { } given
            ? new EhrAccess(given.AccessToken!, facts.Started.AddSeconds(given.ExpiresIn!.Value), given.Scope!, given.PatientId)
            : null;
        // cds-r-2 is advice: the context says whose data they are, and they are checked.
        if (access is { PatientId: null } && access.Scope.Contains("patient/", StringComparison.Ordinal))
            LogNoPatient(facts.Id);
        var denied = access?.PatientId is { } restricted && restricted != request.PatientId
            ? new Failure(FailureCode.ForeignToken, "The token names another patient.", "$.fhirAuthorization.patient")
            : null;
        return (new BoundHook(request, new PatientKey(facts.Tenant, fhirBase, request.PatientId!),
            options.Value.Demo || string.Equals(fhirBase, address.FhirBase, StringComparison.Ordinal), access, denied), null);
    }

    [LoggerMessage(2011, LogLevel.Information, "{Request} lent a token with scopes of a patient that does not name the patient (cds-r-2)")]
    private partial void LogNoPatient(string request);
}
