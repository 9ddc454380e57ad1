using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks.Alerts;

/// <summary>Refuses a signature that does not say who answers for what since when, before the server starts.</summary>
internal sealed class AlertOptionsValidator(TimeProvider time) : IValidateOptions<AlertOptions>
{
    public ValidateOptionsResult Validate(string? name, AlertOptions options)
    {
        var problems = new List<string>();
        var seen = new HashSet<(string, string)>();
        for (int i = 0; i < options.SignOffs.Count; i++)
        {
            var sign = options.SignOffs[i];
            string setting = $"{AlertOptions.Section}:SignOffs:{i}";
            if (string.IsNullOrWhiteSpace(sign.Service) || string.IsNullOrWhiteSpace(sign.Version))
                problems.Add($"{setting} must name the Service and the exact Version of its model.");
            else if (!seen.Add((sign.Service, sign.Version)))
                problems.Add($"{setting} signs for the same service and version twice.");
            if (string.IsNullOrWhiteSpace(sign.By) || sign.By.Length > 200)
                problems.Add($"{setting}:By must name who signs, in at most 200 characters.");
            // A day begins earlier elsewhere.
            if (sign.On == default || sign.On > DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime.AddDays(1)))
                problems.Add($"{setting}:On must be the day of the signature (yyyy-MM-dd), not in the future.");
        }
        foreach (var (service, own) in options.Services)
        {
            if (own.CooldownMinutes is < 0 or > 43_200)
                problems.Add($"{AlertOptions.Section}:Services:{service}:CooldownMinutes must lie in 0..43200.");
            if (own.DeltaPercentagePoints is < 0 or > 100)
                problems.Add($"{AlertOptions.Section}:Services:{service}:DeltaPercentagePoints must lie in 0..100.");
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
