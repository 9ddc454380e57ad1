using Hl7.Fhir.Model;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Operations;

/// <summary><c>$model-card</c>: what a model is for, what it was made from and how well it does, as the DocumentReference that its results refer to.</summary>
public sealed class ModelCardOperation(IResourceStore store, IModelCatalog catalog) : IFhirOperation
{
    public const string Code = "model-card";

    private const string Where = "Parameters.parameter.where(name='model')";

    public OperationDeclaration Declaration { get; } = new()
    {
        Code = Code,
        Name = "ModelCard",
        Title = "Read a model's card",
        Description = "Returns the model card: intended use, data it was made from, performance, limits.",
        Comment = "On an instance the card of the version that the Device stands for, also when another is served now. On the system that of a served model.",
        Types = ["Device"],
        OnSystem = true,
        OnInstance = true,
        AffectsState = false,
        Access = RoutePolicy.Open,
        Inputs = [new("model", 0, "1", FHIRAllTypes.String, "Id of the model, or id|version; only on the system. May be left out where one model is served.") { NamesModel = true }],
        Outputs = [new("return", 1, "1", FHIRAllTypes.DocumentReference, "The card, as JSON in the attachment.")],
    };

    public bool IsOffered(IReadOnlyList<ModelManifest> models) => models.Count > 0;

    public IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models) => models;

    public async ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken)
    {
        string? reference = call.Inputs.Text("model");
        string? id = call.Id;
        if (id is not null && reference is not null)
            return call.Http.Fail(new Failure(FailureCode.InvalidParameter, "The Device says which model is meant; leave model out.", call.Inputs.Find("model")!.Place));
        if (id is null)
        {
            (id, var unknown) = Find(reference);
            if (id is null)
                return call.Http.Fail(unknown!);
        }
        // A model's card has the id of its Device.
        return await store.ReadAsync("Device", id, null, cancellationToken) is { Deleted: false } && await store.ReadAsync("DocumentReference", id, null, cancellationToken) is { Deleted: false } card
            ? call.Http.Fhir(card.Json)
            : call.Http.Fail(new Failure(FailureCode.NotFound, "This server holds no model's Device with that id."));
    }

    private (string? Id, Failure? Failure) Find(string? reference)
    {
        var models = catalog.Models;
        if (models.Count == 0)
            return (null, new Failure(FailureCode.NotReady));
        string offer = "Models: " + string.Join(", ", models.Select(m => $"{m.Identity.Id}|{m.Identity.Version}")) + ".";
        if (reference is null)
            return models.Count == 1 ? (DeviceIds.ForModelCard(models[0].Identity), null) : (null, new Failure(FailureCode.MissingParameter, "Several models are served. " + offer, Where));
        var named = models.LastOrDefault(m => m.Identity.Id == reference || $"{m.Identity.Id}|{m.Identity.Version}" == reference);
        return named is null ? (null, new Failure(FailureCode.UnknownModel, offer, Where)) : (DeviceIds.ForModelCard(named.Identity), null);
    }
}
