using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;

namespace MedAI.Fhir.Writing;

/// <summary>Turns a resource into UTF-8 FHIR JSON.</summary>
/// <remarks>
/// Thread safe. One set of options for the whole process: Firely builds its type maps when they are first used, which costs about
/// 0.3 s, so <see cref="WritingWarmUp"/> uses them before the server is ready. The encoder leaves letters of all scripts as they
/// are and escapes what HTML or a script could misread.
/// </remarks>
public static class FhirJson
{
    /// <summary>Leaves letters of all scripts, escapes the characters of markup.</summary>
    internal static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    private static readonly JsonSerializerOptions Options = new JsonSerializerOptions { Encoder = Encoder }.ForFhir(ModelInfo.ModelInspector);

    public static byte[] ToUtf8(Resource resource) => JsonSerializer.SerializeToUtf8Bytes(resource, resource.GetType(), Options);
}
