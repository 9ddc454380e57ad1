using MedAI.Models.Predictions;

namespace MedAI.Fhir.Writing;

/// <summary>Logical ids of the resources that stand for a model version. The same model bytes have the same id at every installation.</summary>
public static class DeviceIds
{
    /// <summary>Id of the Device: model id, version with hyphens for dots, first 8 digits of the hash; at most 64 characters.</summary>
    public static string For(ModelIdentity model)
    {
        string tail = $"-{Allowed(model.Version)}-{model.Hash[..Math.Min(8, model.Hash.Length)]}";
        string head = Allowed(model.Id);
        return head.Length + tail.Length <= 64 ? head + tail : head[..Math.Max(1, 64 - tail.Length)] + tail;
    }

    /// <summary>Id of the DocumentReference that holds the model card.</summary>
    public static string ForModelCard(ModelIdentity model) => For(model);

    /// <summary>Absolute reference to the Device.</summary>
    public static string Reference(ModelIdentity model, string publicBase) => $"{publicBase}/Device/{For(model)}";

    /// <summary>Absolute reference to the model card.</summary>
    public static string ModelCardReference(ModelIdentity model, string publicBase) => $"{publicBase}/DocumentReference/{ForModelCard(model)}";

    private static string Allowed(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < source.Length; i++)
            span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '-';
    });
}
