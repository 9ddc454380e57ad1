using System.Text.Json;

namespace MedAI.Fhir.CdsHooks;

/// <summary>The members of a CDS Hooks request that we use; everything else is ignored, as the specification demands.</summary>
/// <remarks>Holds elements of the request's document: valid while that lives.</remarks>
public sealed record HookRequest
{
    public string? Hook { get; init; }

    public string? HookInstance { get; init; }

    public string? FhirServer { get; init; }

    /// <summary>Null when the request has none.</summary>
    public HookAuthorization? Authorization { get; init; }

    public bool HasContext { get; init; }

    /// <summary>The whole context, for templates that look into it.</summary>
    public JsonElement Context { get; init; }

    public string? UserId { get; init; }

    public string? PatientId { get; init; }

    /// <summary>Optional in patient-view.</summary>
    public string? EncounterId { get; init; }

    /// <summary>Of the organisation's hook that fires when a study is opened.</summary>
    public string? ImagingStudyId { get; init; }

    /// <summary>Of order-select: references to the drafts that were chosen just now.</summary>
    public JsonElement? Selections { get; init; }

    /// <summary>Of order-select and order-sign.</summary>
    public JsonElement? DraftOrders { get; init; }

    /// <summary>Of appointment-book.</summary>
    public JsonElement? Appointments { get; init; }

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
            Authorization = body.TryGetProperty("fhirAuthorization", out var authorization) && Is(authorization, JsonValueKind.Object, "fhirAuthorization")
                ? ReadAuthorization(authorization)
                : null,
            HasContext = hasContext,
            Context = context,
            UserId = hasContext ? Text(context, "userId", "context.") : null,
            PatientId = hasContext ? Text(context, "patientId", "context.") : null,
            EncounterId = hasContext ? Text(context, "encounterId", "context.") : null,
            ImagingStudyId = hasContext ? Text(context, "imagingStudyId", "context.") : null,
            Selections = hasContext && context.TryGetProperty("selections", out var selections) ? selections : null,
            DraftOrders = hasContext && context.TryGetProperty("draftOrders", out var drafts) ? drafts : null,
            Appointments = hasContext && context.TryGetProperty("appointments", out var appointments) ? appointments : null,
            Prefetch = prefetch,
            WrongTypes = wrong,
        };

        HookAuthorization ReadAuthorization(JsonElement element) => new()
        {
            AccessToken = Text(element, "access_token", "fhirAuthorization."),
            TokenType = Text(element, "token_type", "fhirAuthorization."),
            ExpiresIn = element.TryGetProperty("expires_in", out var expires) && Is(expires, JsonValueKind.Number, "fhirAuthorization.expires_in") && expires.TryGetInt32(out int seconds) ? seconds : null,
            Scope = Text(element, "scope", "fhirAuthorization."),
            Subject = Text(element, "subject", "fhirAuthorization."),
            PatientId = Text(element, "patient", "fhirAuthorization."),
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

/// <summary><c>fhirAuthorization</c> as it came.</summary>
public sealed record HookAuthorization
{
    public string? AccessToken { get; init; }

    public string? TokenType { get; init; }

    /// <summary>Seconds; null when absent or no whole number.</summary>
    public int? ExpiresIn { get; init; }

    public string? Scope { get; init; }

    public string? Subject { get; init; }

    /// <summary>The patient that the token is restricted to; optional.</summary>
    public string? PatientId { get; init; }

    /// <summary>Tells nothing: tokens do not go into logs.</summary>
    public override string ToString() => nameof(HookAuthorization);
}
