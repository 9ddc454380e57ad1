namespace MedAI.Fhir.Writing;
/// <summary>Placeholder while building.</summary>
public static class ResultPage
{
    public static byte[] Render(ReadOnlyMemory<byte> detail) => detail.ToArray();
}
