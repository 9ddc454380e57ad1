namespace MedAI.Fhir.Health;

/// <summary>Whether everything that a first request needs was loaded and warmed.</summary>
public sealed class Startup
{
    private volatile bool _finished;

    public bool Finished => _finished;

    public void Finish() => _finished = true;
}
