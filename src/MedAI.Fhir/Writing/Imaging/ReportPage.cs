using System.Text.Json;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The page that a stored report carries.</summary>
public static class ReportPage
{
    /// <param name="report">A DiagnosticReport of ours, UTF-8: it holds its page as the first presented form, whatever its status.</param>
    /// <returns>HTML, UTF-8.</returns>
    public static byte[] Of(ReadOnlyMemory<byte> report)
    {
        using var document = JsonDocument.Parse(report);
        return document.RootElement.GetProperty("presentedForm")[0].GetProperty("data").GetBytesFromBase64();
    }
}
