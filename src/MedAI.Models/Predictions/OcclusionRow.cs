namespace MedAI.Models.Predictions;

/// <summary>One row of an occlusion batch: the input with one thing neutralised.</summary>
/// <param name="Id">Variable id, static group, or "missingness"; empty for the real input.</param>
/// <param name="Title">Words for a reader; empty for the real input.</param>
/// <param name="Kind">What the contribution is about.</param>
public sealed record OcclusionRow(string Id, string Title, ContributionKind Kind);
