using MedAI.Fhir.Assessments;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Says at the start what the settings of site and clients come to: variables that no local code reaches, templates for services that are not there.</summary>
public sealed partial class ClientStart(AssessableModels models, HookServices services, HookClients clients, ClientConceptMaps conceptMaps, ILogger<ClientStart> log)
{
    private const string Site = "the site";

    public void Report()
    {
        foreach (string? client in conceptMaps.Clients.Prepend(null))
        {
            var maps = conceptMaps.Of(client);
            foreach (var model in models.All)
            {
                var coverage = CodeCoverage.Of(model.Model.Variables, maps);
                LogCoverage(client ?? Site, maps.Count, coverage.Variables - coverage.Unmapped.Count, coverage.Variables, model.Manifest.Id, model.Manifest.Version,
                    coverage.Unmapped.Count == 0 ? "none" : string.Join(", ", coverage.Unmapped.Select(v => v.Id)));
            }
        }
        foreach (var client in clients.All)
        {
            foreach (var (service, key) in client.Own)
            {
                if (services.Find(service, client.Name)?.Keys.Contains(key, StringComparer.Ordinal) != true)
                    LogUnused(client.Name!, service, key);
            }
        }
    }

    [LoggerMessage(2102, LogLevel.Information, "{Codes} local codes of {Client} reach {Reached} of {Variables} variables of {Model} {Version}; no local code means: {Unmapped}")]
    private partial void LogCoverage(string client, int codes, int reached, int variables, string model, string version, string unmapped);

    [LoggerMessage(2103, LogLevel.Warning, "The prefetch template of {Client} for {Service}, {Key}, is not used: no such service is loaded, or it needs no such key")]
    private partial void LogUnused(string client, string service, string key);
}
