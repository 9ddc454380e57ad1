using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Conformance;

/// <summary>Writes the OperationDefinition of an operation from what it declares and the loaded models.</summary>
public static class OperationDefinitionWriter
{
    /// <summary>Where the definition of an operation is served; also its canonical URL here.</summary>
    public static string Url(string id, string publicBase) => $"{publicBase}/OperationDefinition/{id}";

    /// <returns>Null when the loaded models give the operation nothing to do.</returns>
    public static OperationDefinition? Compose(IFhirOperation operation, IReadOnlyList<ModelManifest> models, ServerFacts facts)
    {
        if (!operation.IsOffered(models))
            return null;
        var declaration = operation.Declaration;
        ModelManifest[] offering = [.. operation.ModelsOf(models).OrderBy(m => m.Id, StringComparer.Ordinal)];
        return new OperationDefinition
        {
            Id = declaration.Id,
            Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(facts.Date) },
            Url = Url(declaration.Id, facts.PublicBase),
            Version = facts.SoftwareVersion,
            Name = declaration.Name,
            Title = declaration.Title,
            Status = PublicationStatus.Active,
            Kind = OperationDefinition.OperationKind.Operation,
            Experimental = false,
            Date = FhirTime.Format(facts.Date),
            Publisher = "MedAI",
            Description = new Markdown(operation.Describe(offering)),
            AffectsState = declaration.AffectsState,
            Code = declaration.Code,
            Comment = new Markdown(declaration.Comment.ReplaceLineEndings(" ").Trim()),
            Resource = [.. declaration.Types.Select(t => EnumUtility.ParseLiteral<ResourceType>(t))],
            System = declaration.OnSystem,
            Type = declaration.OnType,
            Instance = declaration.OnInstance,
            Parameter = [.. declaration.Inputs.Select(i => Input(i, offering)), .. declaration.Outputs.Select(Output)],
        };
    }

    /// <returns>UTF-8 JSON, or null when the loaded models give the operation nothing to do.</returns>
    public static byte[]? Write(IFhirOperation operation, IReadOnlyList<ModelManifest> models, ServerFacts facts) =>
        Compose(operation, models, facts) is { } definition ? FhirJson.ToUtf8(definition) : null;

    private static OperationDefinition.ParameterComponent Input(OperationInput input, ModelManifest[] models) => new()
    {
        Name = input.Name,
        Use = OperationParameterUse.In,
        Min = input.Min,
        Max = input.Max,
        Type = input.Type,
        Documentation = new Markdown(input.NamesModel ? $"{input.Documentation} Served now: {string.Join(", ", models.Select(m => $"`{m.Id}`"))}." : input.Documentation),
        Part = [.. input.Parts.Select(p => Input(p, models))],
    };

    private static OperationDefinition.ParameterComponent Output(OperationOutput output) => new()
    {
        Name = output.Name,
        Use = OperationParameterUse.Out,
        Min = output.Min,
        Max = output.Max,
        Type = output.Type,
        Documentation = new Markdown(output.Documentation),
        Part = [.. output.Parts.Select(Output)],
    };
}
