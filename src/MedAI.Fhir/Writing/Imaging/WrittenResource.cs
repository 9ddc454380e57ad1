namespace MedAI.Fhir.Writing.Imaging;

/// <summary>One resource of a report, ready to be stored.</summary>
/// <param name="Type">FHIR resource type.</param>
/// <param name="Json">UTF-8 JSON.</param>
public sealed record WrittenResource(string Type, string Id, ReadOnlyMemory<byte> Json);
