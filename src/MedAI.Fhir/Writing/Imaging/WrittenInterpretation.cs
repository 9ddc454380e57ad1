namespace MedAI.Fhir.Writing.Imaging;

/// <summary>A report on a study with everything that belongs to it, or the rules that it breaks.</summary>
/// <param name="Resources">DiagnosticReport first, then Observations, Media, Binaries, RiskAssessments where the model declares a risk, and the Provenance; empty when there are problems.</param>
/// <param name="Bundle">The same as a collection Bundle, UTF-8 JSON; empty when there are problems.</param>
/// <param name="Problems">Broken rules of <see cref="InterpretationRules"/>: a bug of ours, to be answered as an internal error, never returned as a result.</param>
public sealed record WrittenInterpretation(IReadOnlyList<WrittenResource> Resources, ReadOnlyMemory<byte> Bundle, IReadOnlyList<string> Problems);
