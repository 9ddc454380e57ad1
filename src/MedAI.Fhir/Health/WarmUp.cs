using MedAI.Fhir.Assessments;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.CdsHooks.Alerts;
using MedAI.Fhir.Demo;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Health;

/// <summary>Brings the server from listening to ready: store, models, golden vectors, devices, caches.</summary>
/// <remarks>Live from the first moment, ready at the end. Runs once after the server listens, because results name its address.</remarks>
public sealed partial class WarmUp(IHostApplicationLifetime lifetime, ModelCatalog catalog, AssessableModels models,
    IResourceStore store, Startup startup, DemoShow demo, AlertStart alerts, ClientStart clients, PublicAddress address, IOptions<ServerOptions> options, TimeProvider time, ILogger<WarmUp> log)
    : BackgroundService
{
    public static string SoftwareVersion { get; } = typeof(WarmUp).Assembly.GetName().Version!.ToString(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await lifetime.WaitForStartAsync(stoppingToken);
            await catalog.LoadAsync(stoppingToken);
            await PrepareAsync(stoppingToken);
            clients.Report();
            await alerts.RecordAsync([.. catalog.Models.Select(m => m.Package.Manifest)], stoppingToken);
            if (options.Value.Demo)
                await demo.LoadAsync(stoppingToken);
            // Before "ready", so that the demo's own two calls are over when the first client comes.
            if (options.Value.Demo && models.All.Count > 0)
                await demo.ShowAsync(stoppingToken);
            startup.Finish();
            LogReady(catalog.Models.Count);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped while starting.
        }
    }

    /// <summary>The Device of every model, and its card, stay readable for as long as results refer to them.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var model in models.All)
            WritingWarmUp.Run(model.Manifest, model.Model.Identity, model.Model.Variables);
        foreach (var model in catalog.Models.Where(m => m.Package.Manifest.Imaging is not null))
        {
            foreach (string problem in ImagingWritingWarmUp.Run(model.Package.Manifest, model.Identity))
                LogReportProblem(model.Identity.Id, problem);
        }
        foreach (var model in catalog.Models)
        {
            var (manifest, identity) = (model.Package.Manifest, model.Identity);
            await store.CommitAsync(new StoreTransaction
            {
                Resources =
                [
                    new ResourceWrite("Device", DeviceIds.For(identity), DeviceWriter.Write(manifest, identity, address.FhirBase, now, SoftwareVersion), now, null),
                    new ResourceWrite("DocumentReference", DeviceIds.ForModelCard(identity), ModelCardWriter.Write(manifest, identity, model.Package.ModelCardBytes, now), now, null),
                ],
            }, cancellationToken);
        }
    }

    [LoggerMessage(2001, LogLevel.Error, "Reports of {Model} would not be written: {Problem}")]
    private partial void LogReportProblem(string model, string problem);

    [LoggerMessage(2000, LogLevel.Information, "Ready with {Models} model(s)")]
    private partial void LogReady(int models);
}
