using System.Text;
using System.Text.Json;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The page of a stored report: the one that it carries, or its narrative while there is none.</summary>
public static class ReportPage
{
    /// <summary>No script, nothing from elsewhere; styles and pictures stand in the page itself.</summary>
    public const string ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

    /// <param name="report">A DiagnosticReport, UTF-8.</param>
    /// <returns>HTML, UTF-8.</returns>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> report)
    {
        using var document = JsonDocument.Parse(report);
        var root = document.RootElement;
        if (root.TryGetProperty("presentedForm", out var forms))
        {
            foreach (var form in forms.EnumerateArray())
            {
                if (form.TryGetProperty("contentType", out var type) && type.GetString()!.StartsWith("text/html", StringComparison.Ordinal) && form.TryGetProperty("data", out var data))
                    return data.GetBytesFromBase64();
            }
        }
        // The narrative is our own and was escaped when it was written.
        string narrative = root.TryGetProperty("text", out var text) && text.TryGetProperty("div", out var div) ? div.GetString()! : "";
        return Encoding.UTF8.GetBytes($"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>AI report</title><style>{PageStyle.Css}</style></head><body><main>{narrative}</main></body></html>");
    }
}
