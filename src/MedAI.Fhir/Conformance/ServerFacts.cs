namespace MedAI.Fhir.Conformance;

/// <summary>What the conformance resources say about this installation.</summary>
public sealed record ServerFacts
{
    /// <summary>Public FHIR base without a trailing slash.</summary>
    public required string PublicBase { get; init; }

    /// <summary>Version of this software.</summary>
    public required string SoftwareVersion { get; init; }

    /// <summary>When the statement came to be true: the start of the server.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Whether SMART access tokens open it.</summary>
    public bool IsSmart { get; init; }

    /// <summary>How clients are told apart and what is protected, in words.</summary>
    public required string Security { get; init; }
}
