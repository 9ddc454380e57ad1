using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Who may call the hook endpoints; section <c>Clients</c>. Without a client nobody is asked who he is, and the server listens on loopback alone.</summary>
public sealed class ClientsOptions
{
    public const string Section = "Clients";

    /// <summary>The EHRs. Default none.</summary>
    public List<ClientOptions> Trusted { get; set; } = [];

    /// <summary>Seconds that the clocks of client and server may differ, 0 to 300. Default 30.</summary>
    [Range(0, 300)]
    public int ClockSkewSeconds { get; set; } = 30;

    /// <summary>Longest life of a token from iat to exp, in seconds, 30 to 86,400. Default 3,600. A longer one is refused: it would have to be remembered as long.</summary>
    [Range(30, 86_400)]
    public int LongestLifeSeconds { get; set; } = 3_600;

    /// <summary>Refused tokens that one address may send in a second before it is told to wait, 1 to 10,000. Default 50: a signature check costs half a millisecond.</summary>
    [Range(1, 10_000)]
    public int RefusalsPerSecond { get; set; } = 50;

    /// <summary>Minutes for which fetched keys are good, 1 to 1,440. Default 60.</summary>
    [Range(1, 1_440)]
    public int JwksMinutes { get; set; } = 60;

    /// <summary>Seconds between two fetches of one client's keys, 1 to 3,600. Default 60: whoever invents key ids causes no more.</summary>
    [Range(1, 3_600)]
    public int JwksRefreshSeconds { get; set; } = 60;

    /// <summary>Tokens that are remembered against replay, 1,000 to 10,000,000. Default 1,000,000 (about 100 MB). When they are all in use no further call is let in.</summary>
    [Range(1_000, 10_000_000)]
    public int RememberedTokens { get; set; } = 1_000_000;
}

/// <summary>One EHR.</summary>
public sealed class ClientOptions
{
    /// <summary>Short name for audit and logs; letters, digits, dot, hyphen.</summary>
    public string Name { get; set; } = "";

    /// <summary><c>iss</c> of its tokens, exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>File with its public keys as a JWK Set, agreed out of band. Read at the start. Default none: the keys are fetched from <see cref="JwksUrl"/>.</summary>
    public string? JwksFile { get; set; }

    /// <summary>Address of its public keys, and the only <c>jku</c> that its tokens may name; its origin must be trusted for Jwks in <c>Outbound:Origins</c>. Default none.</summary>
    public string? JwksUrl { get; set; }

    /// <summary>Values of <c>tenant</c> that it may name. Default none: its tokens may not name a tenant.</summary>
    public List<string> Tenants { get; set; } = [];

    /// <summary>Signature algorithms, of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384 and PS512. Default ES384 and RS384, which CDS Hooks recommends.</summary>
    public List<string> Algorithms { get; set; } = [];

    /// <summary>
    /// Origins of the FHIR servers that its hooks may name, for instance <c>https://fhir.hospital.org</c>; each must be trusted for Fhir in <c>Outbound:Origins</c>.
    /// Default none: what a hook does not bring along cannot be had.
    /// </summary>
    public List<string> FhirOrigins { get; set; } = [];

    /// <summary>Launch URL of the SMART app that shows results in this EHR; its cards then link to it with the result as <c>appContext</c>. Default none: a link opens the result for a short while.</summary>
    public string? SmartLaunchUrl { get; set; }

    /// <summary>True when it may read the summary of feedback. Default false.</summary>
    public bool MayReadFeedback { get; set; }

    /// <summary>True when it may read the audit trail and the inference log of its tenant. Default false.</summary>
    public bool MayReadAudit { get; set; }

    internal const string CdsHooks2 = "2.0";
    internal const string CdsHooks3 = "3.0";

    /// <summary>Version of CDS Hooks that it speaks: 2.0 or 3.0. Default 2.0. With 3.0 discovery says so, names versions of hooks, and asks for the model's window alone.</summary>
    public string CdsHooks { get; set; } = CdsHooks2;

    /// <summary>True when it documents that it understands <c>suggestion.actionSelectionBehavior</c> (CDS Hooks 3.0). Default false: then it is never sent.</summary>
    public bool ActionSelectionBehavior { get; set; }

    /// <summary>Prefetch templates in place of the generated ones: service id, prefetch key, template. An empty template: the client is not asked for the key, it is fetched. Default none.</summary>
    public Dictionary<string, Dictionary<string, string>> Prefetch { get; set; } = [];

    /// <summary>Files, or folders of files, that hold FHIR R4 ConceptMaps of its local codes; they replace the site's meanings of the same codes for this client. Default none.</summary>
    public List<string> ConceptMaps { get; set; } = [];
}
