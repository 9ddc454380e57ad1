using System.Text.Json.Serialization.Metadata;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Leaves absent members and empty flags out of a file, but never a number that is 0: a measured zero is a measurement.</summary>
internal static class KeepZeros
{
    public static IJsonTypeInfoResolver Resolver { get; } = new DefaultJsonTypeInfoResolver
    {
        Modifiers =
        {
            type =>
            {
                foreach (var property in type.Properties)
                {
                    if (property.PropertyType == typeof(double) || property.PropertyType == typeof(int) || property.PropertyType == typeof(long) || property.PropertyType.IsEnum)
                        property.ShouldSerialize = (_, _) => true;
                }
            },
        },
    };
}
