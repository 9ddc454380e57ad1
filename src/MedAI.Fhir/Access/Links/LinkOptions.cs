using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.Access.Links;

/// <summary>Links on cards that open one result without a login of their own; section <c>Links</c>.</summary>
public sealed class LinkOptions
{
    public const string Section = "Links";

    /// <summary>Minutes for which a link opens, 1 to 1,440. Default 60: a card is read when it is shown, and the next one brings a new link.</summary>
    [Range(1, 1_440)]
    public int LifeMinutes { get; set; } = 60;
}
