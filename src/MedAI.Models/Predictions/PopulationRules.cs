using System.Globalization;
using MedAI.Models.Packages;
using MedAI.Models.Timelines;

namespace MedAI.Models.Predictions;

/// <summary>Whether a person belongs to the population that a model was made for.</summary>
internal static class PopulationRules
{
    /// <summary>Null when the age is the population's; an unknown age is not.</summary>
    /// <param name="age">Completed years.</param>
    /// <param name="unknown">Words for an age that is not known.</param>
    public static AbstentionReason? CheckAge(ManifestPopulation population, int? age, string unknown)
    {
        if (population is { MinimumAgeYears: null, MaximumAgeYears: null })
            return null;
        string rule = (population.MinimumAgeYears, population.MaximumAgeYears) switch
        {
            ({ } low, null) => $"{Number(low)} years and older",
            (null, { } high) => $"up to {Number(high)} years",
            ({ } low, { } high) => $"{Number(low)} to {Number(high)} years",
            _ => "",
        };
        if (age is null)
            return new(AbstentionKind.AgeUnknown, $"The model is for patients aged {rule}; {unknown}.");
        return age < population.MinimumAgeYears || age > population.MaximumAgeYears
            ? new(AbstentionKind.AgeOutsidePopulation, $"The model is for patients aged {rule}.")
            : null;
    }

    /// <summary>Null when the sex is the population's.</summary>
    public static AbstentionReason? CheckSex(ManifestPopulation population, Sex sex) =>
        population.Sexes is { } sexes && !sexes.Contains(Code(sex), StringComparer.Ordinal)
            ? new(AbstentionKind.SexOutsidePopulation, $"The model was made for patients of administrative gender {string.Join(" or ", sexes)}.")
            : null;

    private static string Code(Sex sex) => sex.ToString().ToLowerInvariant();

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
