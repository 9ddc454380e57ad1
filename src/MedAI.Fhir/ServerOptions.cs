using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir;

/// <summary>What an operator sets about the server as a whole; section <c>MedAI</c>.</summary>
public sealed class ServerOptions
{
    public const string Section = "MedAI";

    /// <summary>Loads the samples, pins the clock to them and shows two predictions. Default false. Switch: <c>--demo</c>.</summary>
    public bool Demo { get; set; }

    /// <summary>Folder of model packages (<c>[id]/[version]/manifest.json</c>). Default: <c>models</c> beside the program, else in a parent folder of it. Switch: <c>--models</c>.</summary>
    public string? ModelsFolder { get; set; }

    /// <summary>Folder of the demo samples. Default: <c>samples</c>, found like the models.</summary>
    public string? SamplesFolder { get; set; }

    /// <summary>Folder of FHIR ConceptMaps for local codes, read beside the shipped ones. Default none.</summary>
    public string? ConceptMapsFolder { get; set; }

    /// <summary>Public origin of the server as clients see it, without a path; needed behind a proxy. Default: the first listening address.</summary>
    [Url]
    public string? PublicOrigin { get; set; }

    /// <summary>True when a proxy in front of this server ends TLS and is the only one who can reach it. Default false. Needs an https <see cref="PublicOrigin"/>.</summary>
    public bool TlsTerminatedByProxy { get; set; }

    /// <summary>Milliseconds after which nobody waits for an answer to a hook or operation. 100 to 60,000, default 4,500: EHRs give up at 5 s.</summary>
    [Range(100, 60_000)]
    public int DeadlineMilliseconds { get; set; } = 4_500;
}
