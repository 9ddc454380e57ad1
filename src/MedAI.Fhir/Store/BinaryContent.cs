using System.Text.Json;
using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Store;

/// <summary>The bytes of a Binary as they are, for whoever does not ask for FHIR (R4, binary.html 2.44.2).</summary>
internal static class BinaryContent
{
    /// <summary>Whatever the Binary's own type is.</summary>
    public static readonly Negotiated Form = new(ResponseFormat.Json, ContentNegotiation.FhirJson);

    /// <summary>True unless the client names a FHIR format.</summary>
    public static bool IsWanted(HttpRequest request) =>
        !request.Query.ContainsKey("_format") && request.Headers.Accept.Count > 0
        && !request.Headers.Accept.Any(a => a?.Contains("json", StringComparison.OrdinalIgnoreCase) == true || a?.Contains("fhir", StringComparison.OrdinalIgnoreCase) == true);

    public static IResult Answer(ReadOnlyMemory<byte> json, HttpResponse response)
    {
        using var document = JsonDocument.Parse(json);
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(document.RootElement.GetProperty("data").GetBytesFromBase64(), document.RootElement.GetProperty("contentType").GetString());
    }
}
