using MedAI.Fhir.Access;
using MedAI.Fhir.Store;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks.Alerts;

/// <summary>Something that a service would like to tell a user about a patient.</summary>
/// <param name="Topic">What it is about; the same topic is not told twice.</param>
/// <param name="Probability">0 to 1; null where nothing was estimated.</param>
/// <param name="Level">Bands and thresholds that the probability reached: more is graver.</param>
public sealed record AlertSubject(ModelManifest Manifest, PatientKey Patient, string? Encounter, string? User, string Topic, double? Probability = null, int Level = 0);

/// <param name="Withheld">Why nothing is shown: silent, cooldown or unchanged; null when the card is shown.</param>
/// <param name="Shown">To be stored with the audit row when the card is shown.</param>
public sealed record AlertDecision(string? Withheld, AlertRow? Shown);

/// <summary>Decides whether a card is shown. What is withheld was computed, stored and audited all the same, and the result stays readable.</summary>
/// <remarks>
/// Shown is: what was never shown to this user for this patient, encounter and service; a rise to a higher band or threshold, always; after the cooldown, a risk that moved
/// by the stated amount or changed its band, and a request for missing data. Thread-safe.
/// </remarks>
public sealed class AlertPolicy(IOptions<AlertOptions> options, IOptions<ServerOptions> server, IResourceStore store, TimeProvider time)
{
    public const string Silent = "silent";
    public const string Cooldown = "cooldown";
    public const string Unchanged = "unchanged";

    private const int Millionths = 1_000_000;

    private static readonly AlertDecision Show = new(null, null);

    /// <summary>True where nobody signed for the model version; demo mode shows cards, and says so.</summary>
    public bool IsSilent(ModelManifest manifest) => !server.Value.Demo && !options.Value.SignOffs.Exists(s => s.Service == manifest.Id && s.Version == manifest.Version);

    /// <summary>How many bands and thresholds a probability reached.</summary>
    public static int LevelOf(ModelManifest manifest, double probability) =>
        manifest.Bands.Count(b => b.From <= probability) + manifest.Thresholds.Count(t => t.Value <= probability);

    public async ValueTask<AlertDecision> DecideAsync(AlertSubject subject, CancellationToken cancellationToken)
    {
        if (IsSilent(subject.Manifest))
            return new AlertDecision(Silent, null);
        // The demo's clock stands still: a cooldown would never end.
        if (server.Value.Demo)
            return Show;
        string key = KeyOf(subject);
        var now = time.GetUtcNow();
        var row = new AlertRow(key, now, subject.Probability is { } p ? (long)Math.Round(p * Millionths) : -1, subject.Level);
        if (await store.FindAlertAsync(key, cancellationToken) is not { } last || subject.Level > last.Level)
            return new AlertDecision(null, row);
        var own = options.Value.Services.GetValueOrDefault(subject.Manifest.Id);
        if (now - last.Shown < TimeSpan.FromMinutes(own?.CooldownMinutes ?? options.Value.CooldownMinutes))
            return new AlertDecision(Cooldown, null);
        double delta = own?.DeltaPercentagePoints ?? options.Value.DeltaPercentagePoints;
        bool moved = subject.Probability is null || last.Probability < 0 || subject.Level != last.Level || Math.Abs(row.Probability - last.Probability) >= delta / 100 * Millionths;
        return moved ? new AlertDecision(null, row) : new AlertDecision(Unchanged, null);
    }

    private static string KeyOf(AlertSubject subject) =>
        PartsKey.Of(subject.Manifest.Id, subject.Patient.Tenant, subject.Patient.FhirBase, subject.Patient.Id, subject.Encounter, subject.User, subject.Topic);
}
