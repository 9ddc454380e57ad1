using MedAI.Models.Packages;

namespace MedAI.Fhir.Operations;

/// <summary>One FHIR operation. Registering it is all that it takes: routes, checks, OperationDefinition and CapabilityStatement follow from what it declares.</summary>
public interface IFhirOperation
{
    OperationDeclaration Declaration { get; }

    /// <summary>False where the operator has it switched off: then it has no route.</summary>
    bool IsEnabled => true;

    /// <summary>Whether the loaded models give it something to do.</summary>
    bool IsOffered(IReadOnlyList<ModelManifest> models);

    /// <summary>Models that it works with; they stand in its definition.</summary>
    IReadOnlyList<ModelManifest> ModelsOf(IReadOnlyList<ModelManifest> models);

    /// <summary>What it does with these models, in Markdown.</summary>
    string Describe(IReadOnlyList<ModelManifest> models) => Declaration.Description;

    /// <param name="call">Its inputs are as declared.</param>
    ValueTask<IResult> InvokeAsync(OperationCall call, CancellationToken cancellationToken);
}
