using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Interpretations;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>Checks a written report against our own rules for a machine's reading, in the JSON that will be stored.</summary>
/// <remarks>A problem found here is a bug of ours, or of the model package. The texts name elements and rules, never values of a patient.</remarks>
public static class InterpretationRules
{
    private static readonly JsonElement Nothing = JsonDocument.Parse("null").RootElement;

    /// <param name="resources">DiagnosticReport first.</param>
    /// <returns>Empty when the report may be stored and returned.</returns>
    public static IReadOnlyList<string> Check(IReadOnlyList<WrittenResource> resources, ReportContext context)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(context);
        List<string> problems = [];
        HashSet<string> own = [.. resources.Select(r => $"{r.Type}/{r.Id}")];
        if (own.Count != resources.Count)
            problems.Add("two resources have the same id");
        if (resources.Count == 0 || resources[0].Type != "DiagnosticReport")
            problems.Add("the DiagnosticReport must come first");
        foreach (WrittenResource resource in resources)
        {
            if (resource.Json.IsEmpty)
                continue;
            using var json = JsonDocument.Parse(resource.Json);
            JsonElement root = json.RootElement;
            void Report(string problem) => problems.Add($"{resource.Type}.{problem}");
            CheckFrame(root, resource, Report);
            foreach (string reference in Reading.FhirJson.References(root))
                CheckReference(reference, own, context, Report);
            switch (resource.Type)
            {
                case "DiagnosticReport":
                    CheckReport(root, Report);
                    break;
                case "Observation":
                    CheckObservation(root, Report);
                    break;
                case "Media":
                    if (!own.Any(o => o.StartsWith("Binary/", StringComparison.Ordinal) && Text(root, "content", "url") == $"{context.PublicBase}/{o}"))
                        Report("content.url: must be a Binary of the report");
                    break;
                case "Binary":
                    if (!root.TryGetProperty("securityContext", out _))
                        Report("securityContext: is required");
                    if (Text(root, "contentType") != MediaWriter.Png || Text(root, "data")?.StartsWith("iVBORw0KGgo", StringComparison.Ordinal) != true)
                        Report("data: must be a PNG");
                    break;
            }
        }
        return problems;
    }

    private static void CheckFrame(JsonElement root, WrittenResource resource, Action<string> report)
    {
        if (Text(root, "resourceType") != resource.Type || Text(root, "id") != resource.Id || !Hl7.Fhir.Model.Id.IsValidValue(resource.Id))
            report("id: type or id is not the one it is stored under");
        if (Text(root, "meta", "versionId") is null || Text(root, "meta", "lastUpdated") is null)
            report("meta: versionId and lastUpdated are required");
        if (root.TryGetProperty("contained", out _))
            report("contained: a labelled result must not be contained or contain (dom-5)");
        JsonElement labels = resource.Type == "Provenance" ? root.GetProperty("reason") : Member(root, "meta", "security");
        if (!(labels.ValueKind == JsonValueKind.Array && labels.GetRawText().Contains("\"AIAST\"", StringComparison.Ordinal)))
            report("meta.security: the AIAST label is required");
    }

    private static void CheckReport(JsonElement root, Action<string> report)
    {
        if (Text(root, "status") != "partial")
            report("status: what nobody verified is partial");
        if (root.TryGetProperty("performer", out _) || root.TryGetProperty("resultsInterpreter", out _))
            report("performer: nobody performed or interpreted it but the model, which R4 does not allow here");
        if (!Member(root, "code").GetRawText().Contains(CanonicalUrls.Reports, StringComparison.Ordinal))
            report("code: must be our own");
        if (Text(root, "conclusion") is not { Length: > 0 } conclusion)
            report("conclusion: is required");
        else if (InterpretationWording.SoundsLikeAllClear(conclusion))
            report("conclusion: must not read as an all-clear");
        if (Text(root, "text", "div") is { } div && InterpretationWording.SoundsLikeAllClear(div))
            report("text: must not read as an all-clear");
        if (!root.TryGetProperty("result", out _))
            report("result: an image was read, so there is at least one");
    }

    private static void CheckObservation(JsonElement root, Action<string> report)
    {
        if (Text(root, "status") != "preliminary")
            report("status: what nobody verified is preliminary");
        if (!Member(root, "code").GetRawText().Contains(CanonicalUrls.Estimates, StringComparison.Ordinal))
            report("code: must be our own, not a disorder's");
        JsonElement value = Member(root, "valueQuantity", "value");
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out decimal percent) || percent is < 0 or > 100
            || Text(root, "valueQuantity", "code") != "%" || Text(root, "valueQuantity", "system") != "http://unitsofmeasure.org")
            report("valueQuantity: must be a percentage in 0..100");
        if (Text(root, "device", "reference")?.Contains("://", StringComparison.Ordinal) != true)
            report("device: must be absolute");
        if (root.GetRawText().Split(AITransparency.ConfidenceExtension).Length > 2)
            report("extension: the confidence is told once");
    }

    /// <summary>A reference is absolute, by identifier, to a part of the report, or to the patient's own record on this server.</summary>
    private static void CheckReference(string reference, HashSet<string> own, ReportContext context, Action<string> report)
    {
        bool local = reference.StartsWith($"{context.PublicBase}/", StringComparison.Ordinal);
        string path = local ? reference[(context.PublicBase.Length + 1)..] : reference;
        int version = path.IndexOf("/_history/", StringComparison.Ordinal);
        string part = version < 0 ? path : path[..version];
        if (own.Contains(part))
            return;
        bool written = part.StartsWith("Observation/", StringComparison.Ordinal) || part.StartsWith("Media/", StringComparison.Ordinal) || part.StartsWith("Binary/", StringComparison.Ordinal)
            || part.StartsWith("DiagnosticReport/", StringComparison.Ordinal);
        if (local && written)
            report("reference: leads to a part that is not in the report");
        else if (!reference.Contains("://", StringComparison.Ordinal) && reference != context.SubjectReference && reference != context.StudyReference && reference != context.EncounterReference)
            report("reference: is neither absolute nor in the report");
    }

    private static JsonElement Member(JsonElement root, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out root))
                return Nothing;
        }
        return root;
    }

    private static string? Text(JsonElement root, params ReadOnlySpan<string> path) =>
        Member(root, path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
