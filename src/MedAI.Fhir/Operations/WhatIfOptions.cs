namespace MedAI.Fhir.Operations;

/// <summary>Whether <c>$what-if</c> is offered; section <c>WhatIf</c>.</summary>
public sealed class WhatIfOptions
{
    public const string Section = "WhatIf";

    /// <summary>Default false: a number for data that nobody measured is easily read as what a treatment would do, which the model does not know.</summary>
    public bool Enabled { get; set; }
}
