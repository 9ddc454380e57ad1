using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>What a contribution is about, so that nobody takes a treatment or a gap for a physiological cause.</summary>
public enum ContributionKind
{
    Measurement,
    Treatment,
    Demographic,
    Missingness,
}

/// <summary>How much one variable moved this model's estimate.</summary>
/// <param name="Id">Variable or static group id, or "missingness".</param>
/// <param name="LogOdds">Calibrated log-odds with the variable minus log-odds with it neutralised; positive raises the estimate.</param>
/// <param name="Newest">Newest value in canonical unit with its time, where the variable has one.</param>
/// <param name="Sources">The observations that fed it, oldest first.</param>
public sealed record Contribution(string Id, string Title, ContributionKind Kind, double LogOdds, ContributionValue? Newest, IReadOnlyList<SourceReference> Sources);

public sealed record ContributionValue(double Value, string Unit, DateTimeOffset Effective);

/// <summary>Contributions to the model's estimate in falling order of absolute size; not causes, not treatment targets.</summary>
/// <param name="Method">"occlusion"; "class-activation-map" has no contributions, its map is an artefact.</param>
public sealed record Explanation(string Method, IReadOnlyList<Contribution> Contributions);
