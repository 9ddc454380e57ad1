using System.Text.RegularExpressions;
using FluentValidation;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The rules of the CDS Hooks 2.0 request and of the patient-view context; every fault is reported at once.</summary>
public sealed partial class HookRequestValidator : AbstractValidator<HookRequest>
{
    public HookRequestValidator()
    {
        RuleForEach(r => r.WrongTypes)
            .Must(_ => false)
            .WithMessage((_, member) => $"{member} has the wrong JSON type");
        RuleFor(r => r.Hook).NotEmpty().WithMessage("hook is required").OverridePropertyName("hook");
        RuleFor(r => r.HookInstance).NotEmpty().WithMessage("hookInstance is required").OverridePropertyName("hookInstance");
        RuleFor(r => r.HookInstance).Must(v => Guid.TryParse(v, out _)).When(r => !string.IsNullOrEmpty(r.HookInstance))
            .WithMessage("hookInstance must be a UUID").OverridePropertyName("hookInstance");
        RuleFor(r => r.HasContext).Equal(true).WithMessage("context is required and must be an object").OverridePropertyName("context");
        When(r => r.HasContext, () =>
        {
            RuleFor(r => r.UserId).NotEmpty().WithMessage("context.userId is required").OverridePropertyName("context.userId");
            RuleFor(r => r.UserId).Must(v => UserReference().IsMatch(v!)).When(r => !string.IsNullOrEmpty(r.UserId))
                .WithMessage("context.userId must be [ResourceType]/[id]").OverridePropertyName("context.userId");
            RuleFor(r => r.PatientId).NotEmpty().WithMessage("context.patientId is required").OverridePropertyName("context.patientId");
            RuleFor(r => r.PatientId).Must(v => FhirId().IsMatch(v!)).When(r => !string.IsNullOrEmpty(r.PatientId))
                .WithMessage("context.patientId must be a FHIR id").OverridePropertyName("context.patientId");
            RuleFor(r => r.EncounterId).Must(v => FhirId().IsMatch(v!)).When(r => r.EncounterId is not null)
                .WithMessage("context.encounterId must be a FHIR id").OverridePropertyName("context.encounterId");
        });
        RuleFor(r => r.FhirServer).Must(IsServerUrl).When(r => r.FhirServer is not null)
            .WithMessage("fhirServer must be an absolute http(s) URL without user info, query or fragment").OverridePropertyName("fhirServer");
        RuleFor(r => r.FhirServer).NotNull().When(r => r.HasAuthorization)
            .WithMessage("fhirServer is required with fhirAuthorization").OverridePropertyName("fhirServer");
    }

    private static bool IsServerUrl(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;

    [GeneratedRegex(@"^[A-Za-z0-9\-.]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FhirId();

    [GeneratedRegex(@"^[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserReference();
}
