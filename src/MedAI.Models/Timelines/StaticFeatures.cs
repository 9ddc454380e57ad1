using MedAI.Models.Packages;

namespace MedAI.Models.Timelines;

/// <summary>Encodes what does not change within the hours of a stay: age, sex, kind of unit, height and weight.</summary>
internal sealed class StaticFeatures
{
    /// <summary>Below and above this the training data hides the exact age.</summary>
    public const double YoungestAge = 16;

    /// <inheritdoc cref="YoungestAge"/>
    public const double OldestAge = 90;

    private const string ObservedSuffix = "-observed";

    private readonly Feature[] _features;

    /// <exception cref="ArgumentException">A feature is not known, or no static variable feeds it.</exception>
    public StaticFeatures(IReadOnlyList<ManifestStatic> features, VariableTable variables)
    {
        _features = [.. features.Select(Compile)];

        Feature Compile(ManifestStatic feature)
        {
            Source? source = feature.Feature switch
            {
                "age" => Source.Age,
                "male" => Source.Male,
                "icu-coronary" or "icu-cardiac-surgery" or "icu-medical" or "icu-surgical" or "icu-other" => Source.Icu,
                _ => null,
            };
            if (source is { } known)
                return new Feature(known, feature.Baseline, IcuTypeOf(feature.Feature), null);
            bool observed = feature.Feature.EndsWith(ObservedSuffix, StringComparison.Ordinal);
            string name = observed ? feature.Feature[..^ObservedSuffix.Length] : feature.Feature;
            return variables.FindStatic(name) is { } variable
                ? new Feature(observed ? Source.Observed : Source.Value, feature.Baseline, IcuType.Unknown, variable)
                : throw new ArgumentException($"Static feature {feature.Feature} has no variable that feeds it.", nameof(features));
        }
    }

    private enum Source
    {
        Age,
        Male,
        Icu,
        Value,
        Observed,
    }

    public float[] Encode(PatientTimeline timeline, double? ageYears)
    {
        var encoded = new float[_features.Length];
        for (int i = 0; i < encoded.Length; i++)
            encoded[i] = (float)ValueOf(_features[i], timeline, ageYears);
        return encoded;
    }

    private static double ValueOf(in Feature feature, PatientTimeline timeline, double? ageYears)
    {
        switch (feature.Source)
        {
            case Source.Age:
                return ageYears is { } age ? Math.Clamp(Math.Floor(age), YoungestAge, OldestAge) : feature.Baseline;
            case Source.Male:
                return timeline.Patient.Sex switch
                {
                    Sex.Male => 1,
                    Sex.Female => 0,
                    _ => feature.Baseline,
                };
            case Source.Icu:
                return timeline.Stay is { } stay && stay.IcuType != IcuType.Unknown ? (stay.IcuType == feature.Icu ? 1 : 0) : feature.Baseline;
            default:
                var newest = timeline.InWindow(feature.Variable!);
                if (newest.IsEmpty)
                    return feature.Baseline;
                return feature.Source == Source.Observed ? 1 : DerivedValues.Average(newest);
        }
    }

    private static IcuType IcuTypeOf(string feature) => feature switch
    {
        "icu-coronary" => IcuType.Coronary,
        "icu-cardiac-surgery" => IcuType.CardiacSurgery,
        "icu-medical" => IcuType.Medical,
        "icu-surgical" => IcuType.Surgical,
        "icu-other" => IcuType.Other,
        _ => IcuType.Unknown,
    };

    private readonly record struct Feature(Source Source, double Baseline, IcuType Icu, ModelVariable? Variable);
}
