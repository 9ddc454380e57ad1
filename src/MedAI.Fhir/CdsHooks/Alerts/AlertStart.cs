using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks.Alerts;

/// <summary>Says at the start which services speak and who signed for them, in the audit trail and in the log.</summary>
public sealed partial class AlertStart(AlertPolicy policy, IOptions<AlertOptions> options, IResourceStore store, IdSource ids, TimeProvider time, ILogger<AlertStart> log)
{
    public async Task RecordAsync(IReadOnlyList<ModelManifest> manifests, CancellationToken cancellationToken)
    {
        foreach (var sign in options.Value.SignOffs)
        {
            if (!manifests.Any(m => m.Id == sign.Service && m.Version == sign.Version))
                LogUnused(sign.Service, sign.Version);
            var now = time.GetUtcNow();
            await store.CommitAsync(new StoreTransaction
            {
                Audit = new AuditRow
                {
                    Id = ids.NewId(),
                    RequestId = ids.NewId(),
                    Started = now,
                    Ended = now,
                    Trigger = "sign-off",
                    Client = ReservedClients.Configuration,
                    User = sign.By,
                    Service = sign.Service,
                    ModelId = sign.Service,
                    ModelVersion = sign.Version,
                    Outcome = "sign-off",
                    Reasons = sign.On.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
                    Status = 0,
                },
            }, cancellationToken);
        }
        foreach (var manifest in manifests.Where(m => m.Service.Hooks.Count > 0 && policy.IsSilent(m)))
            LogSilent(manifest.Id, manifest.Version);
    }

    [LoggerMessage(2030, LogLevel.Information, "{Service} {Version} is silent: it scores, stores and audits, and shows no card. Showing cards takes a signature in Alerts:SignOffs")]
    private partial void LogSilent(string service, string version);

    [LoggerMessage(2031, LogLevel.Warning, "Alerts:SignOffs signs for {Service} {Version}, which is not loaded")]
    private partial void LogUnused(string service, string version);
}
