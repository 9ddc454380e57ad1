using MedAI.Fhir.Access;
using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.WriteBack;

/// <summary>Which results are to reach the hospital's FHIR server, and the bell that says that one waits.</summary>
/// <remarks>A wish is a row in the transaction of its result: what was answered is delivered, also after a crash.</remarks>
public sealed class ResultDeliveries(IOptions<WriteBackOptions> options, IOptions<UpstreamOptions> upstream, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _bell = new(0);

    public bool AreOn => options.Value.Mode != WriteBackMode.Off;

    /// <summary>The row for a new result; null where it stays here: write-back is off, or the patient is not the upstream's.</summary>
    public DeliveryRow? Wanted(PatientKey patient, string resultId, string provenanceId) =>
        AreOn && patient.FhirBase == upstream.Value.BaseUrl ? new DeliveryRow(resultId, provenanceId, DeliveryState.Waiting, 0, time.GetUtcNow()) : null;

    /// <summary>Says that a row may have been written.</summary>
    public void Wake()
    {
        // One ring is enough for all that wait.
        if (AreOn && _bell.CurrentCount == 0)
            _bell.Release();
    }

    /// <summary>Waits for the bell, at most as long as given.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rung = _bell.WaitAsync(either.Token);
        var over = Task.Delay(longest, time, either.Token);
        await Task.WhenAny(rung, over);
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => _bell.Dispose();
}
