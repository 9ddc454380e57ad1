namespace MedAI.Models.Packages;

/// <summary>One fault found in a package, with the place where it is.</summary>
/// <param name="Path">JSON path in manifest.json such as <c>$.variables[3].units[0].factor</c>, or a file name of the package.</param>
/// <param name="Message">What is wrong and what was expected; never holds patient data.</param>
public sealed record ManifestProblem(string Path, string Message);
