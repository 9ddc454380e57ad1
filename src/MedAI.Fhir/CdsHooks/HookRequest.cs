using System.Text.Json;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The members of a CDS Hooks request that we use; everything else is ignored, as the specification demands.</summary>
/// <remarks>Holds elements of the request's document: valid while that lives.</remarks>
public sealed record HookRequest
{
    public string? Hook { get; init; }

    public string? HookInstance { get; init; }

    public string? FhirServer { get; init; }

    public bool HasAuthorization { get; init; }

    public bool HasContext { get; init; }

    public string? UserId { get; init; }

    public string? PatientId { get; init; }

    /// <summary>Optional in patient-view.</summary>
    public string? EncounterId { get; init; }

    /// <summary>Of the organisation's hook that fires when a study is opened.</summary>
    public string? ImagingStudyId { get; init; }

    /// <summary>Prefetch values by key; an absent key was not fetched, JSON null means that the client has no data.</summary>
    public IReadOnlyDictionary<string, JsonElement> Prefetch { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Members that were there with the wrong JSON type.</summary>
    public IReadOnlyList<string> WrongTypes { get; init; } = [];

    /// <summary>Takes the members out of a request body.</summary>
    public static HookRequest Read(JsonElement body)
    {
        var wrong = new List<string>();
        if (body.ValueKind != JsonValueKind.Object)
            return new HookRequest { WrongTypes = ["$"] };
        bool hasContext = body.TryGetProperty("context", out var context) && Is(context, JsonValueKind.Object, "context");
        var prefetch = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (body.TryGetProperty("prefetch", out var given) && given.ValueKind != JsonValueKind.Null && Is(given, JsonValueKind.Object, "prefetch"))
        {
            foreach (var value in given.EnumerateObject())
            {
                if (value.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Null)
                    prefetch[value.Name] = value.Value;
                else
                    wrong.Add("prefetch value");
            }
        }
        return new HookRequest
        {
            Hook = Text(body, "hook"),
            HookInstance = Text(body, "hookInstance"),
            FhirServer = Text(body, "fhirServer"),
            HasAuthorization = body.TryGetProperty("fhirAuthorization", out var authorization) && Is(authorization, JsonValueKind.Object, "fhirAuthorization"),
            HasContext = hasContext,
            UserId = hasContext ? Text(context, "userId", "context.") : null,
            PatientId = hasContext ? Text(context, "patientId", "context.") : null,
            EncounterId = hasContext ? Text(context, "encounterId", "context.") : null,
            ImagingStudyId = hasContext ? Text(context, "imagingStudyId", "context.") : null,
            Prefetch = prefetch,
            WrongTypes = wrong,
        };

        bool Is(JsonElement element, JsonValueKind kind, string name)
        {
            if (element.ValueKind == kind)
                return true;
            wrong.Add(name);
            return false;
        }

        string? Text(JsonElement parent, string name, string prefix = "")
        {
            if (!parent.TryGetProperty(name, out var element))
                return null;
            if (element.ValueKind == JsonValueKind.String)
                return element.GetString();
            wrong.Add(prefix + name);
            return null;
        }
    }
}
