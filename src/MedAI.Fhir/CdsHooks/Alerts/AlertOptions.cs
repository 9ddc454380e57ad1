using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.CdsHooks.Alerts;

/// <summary>When a service may speak; section <c>Alerts</c>. A site starts silent: scores are computed, stored and audited, and no card is shown until somebody signs for it.</summary>
public sealed class AlertOptions
{
    public const string Section = "Alerts";

    /// <summary>Who answers for which service being shown. Default none: every service is silent. Demo mode needs none.</summary>
    public List<SignOff> SignOffs { get; set; } = [];

    /// <summary>Minutes for which a user is not told again about the same patient and encounter, 0 to 43,200. Default 240. A rise to a higher band or threshold is told at once.</summary>
    [Range(0, 43_200)]
    public int CooldownMinutes { get; set; } = 240;

    /// <summary>How far a risk must have moved since it was last shown, in percentage points, 0 to 100. Default 10. A change of band or threshold counts whatever it moved.</summary>
    [Range(0.0, 100.0)]
    public double DeltaPercentagePoints { get; set; } = 10;

    /// <summary>Other values for single services, by service id.</summary>
    public Dictionary<string, ServiceAlertOptions> Services { get; set; } = [];
}

/// <summary>What holds for one service in place of the common values; null: the common one.</summary>
public sealed class ServiceAlertOptions
{
    [Range(0, 43_200)]
    public int? CooldownMinutes { get; set; }

    [Range(0.0, 100.0)]
    public double? DeltaPercentagePoints { get; set; }
}

/// <summary>A person's word that clinicians may see the cards of one version of one model.</summary>
public sealed class SignOff
{
    /// <summary>Service id.</summary>
    public string Service { get; set; } = "";

    /// <summary>Exact model version; a new version starts silent again.</summary>
    public string Version { get; set; } = "";

    /// <summary>Name and role of who signs.</summary>
    public string By { get; set; } = "";

    /// <summary>Day of the signature.</summary>
    public DateOnly On { get; set; }
}
