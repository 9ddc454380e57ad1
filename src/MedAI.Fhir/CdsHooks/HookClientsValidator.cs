using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.CdsHooks.Prefetch;
using MedAI.Fhir.Reading;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Refuses a client's version, prefetch templates and concept maps that could not be used, before the server starts.</summary>
internal sealed class HookClientsValidator : IValidateOptions<ClientsOptions>
{
    public ValidateOptionsResult Validate(string? name, ClientsOptions options)
    {
        var problems = new List<string>();
        for (int i = 0; i < options.Trusted.Count; i++)
        {
            var client = options.Trusted[i];
            string setting = $"{ClientsOptions.Section}:Trusted:{i}";
            bool version3 = client.CdsHooks == ClientOptions.CdsHooks3;
            if (!version3 && client.CdsHooks != ClientOptions.CdsHooks2)
                problems.Add($"{setting}:CdsHooks must be {ClientOptions.CdsHooks2} or {ClientOptions.CdsHooks3}.");
            if (client.ActionSelectionBehavior && !version3)
                problems.Add($"{setting}:ActionSelectionBehavior needs CdsHooks {ClientOptions.CdsHooks3}.");
            foreach (var (service, templates) in client.Prefetch)
            {
                foreach (var (key, text) in templates)
                {
                    string? problem = string.IsNullOrWhiteSpace(text) ? PrefetchSubset.IsKey(key) ? null : "is no prefetch key of this server" : PrefetchSubset.Problem(key, text, version3);
                    if (problem is not null)
                        problems.Add($"{setting}:Prefetch:{service}:{key} {problem}.");
                }
            }
            if (client.ConceptMaps.Count > 0)
                problems.AddRange(ConceptMapTable.Load(client.ConceptMaps).Problems.Select(p => $"{setting}:ConceptMaps: {p.File}: {p.Detail}."));
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
