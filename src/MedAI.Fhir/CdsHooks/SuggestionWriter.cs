using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.CdsHooks;

/// <summary>Makes the suggestions of a card: drafts of orders that a model package proposes and the site switched on with a code of its own.</summary>
/// <remarks>Each stands alone and does one thing: creates a ServiceRequest with status draft and intent proposal. Nothing is ever done without the clinician.</remarks>
public sealed class SuggestionWriter(IOptions<SuggestionOptions> options, HookClients clients)
{
    /// <summary>Null where the package declares none or the site switched none on.</summary>
    public IReadOnlyList<CardSuggestion>? For(ModelManifest manifest, AssessmentRequest request)
    {
        if (manifest.Service.Suggestions is not { Count: > 0 } declared || !options.Value.TryGetValue(manifest.Id, out var codes))
            return null;
        // The specification forbids to send it to a client that does not know it.
        string? selection = clients.Of(request.Request.Caller).SelectsActions ? "all" : null;
        CardSuggestion[] suggestions = [.. declared.Where(s => codes.ContainsKey(s.Id)).Select(s => Suggestion(s, codes[s.Id], request) with { ActionSelectionBehavior = selection })];
        return suggestions.Length == 0 ? null : suggestions;
    }

    private static CardSuggestion Suggestion(ManifestSuggestion declared, SuggestedCode code, AssessmentRequest request)
    {
        var order = new JsonObject
        {
            ["resourceType"] = "ServiceRequest",
            ["status"] = "draft",
            ["intent"] = "proposal",
            ["code"] = new JsonObject
            {
                ["coding"] = new JsonArray(new JsonObject { ["system"] = code.System, ["code"] = code.Code, ["display"] = code.Display }),
                ["text"] = declared.Label,
            },
            ["subject"] = new JsonObject { ["reference"] = "Patient/" + request.Patient.Id },
        };
        if (request.EncounterId is { } encounter)
            order["encounter"] = new JsonObject { ["reference"] = "Encounter/" + encounter };
        return new CardSuggestion(SafeText.Plain(declared.Label), IdSource.NameBased($"{request.CardId}|{declared.Id}"),
            [new CardAction("create", SafeText.Plain(declared.Description), JsonSerializer.SerializeToElement(order))]);
    }
}
