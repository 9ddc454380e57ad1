using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Conformance;

/// <summary>Writes the OperationDefinition of an operation from what it declares and the loaded models.</summary>
/// <remarks>
/// There are two of each: the one that <c>profiles/</c> publishes, which is true at every installation, and the one that a server serves, which is based on it and names the server's models.
/// Both are made here out of the same declaration.
/// </remarks>
public static class OperationDefinitionWriter
{
    /// <summary>Where the definition of an operation is served; also the canonical URL of the served one.</summary>
    public static string Url(string id, string publicBase) => $"{publicBase}/OperationDefinition/{id}";

    /// <returns>Null when the loaded models give the operation nothing to do.</returns>
    public static OperationDefinition? Compose(IFhirOperation operation, IReadOnlyList<ModelManifest> models, ServerFacts facts)
    {
        if (!operation.IsOffered(models))
            return null;
        var declaration = operation.Declaration;
        ModelManifest[] offering = [.. operation.ModelsOf(models).OrderBy(m => m.Id, StringComparer.Ordinal)];
        var definition = Compose(declaration, operation.Describe(offering), offering);
        definition.Meta = new Meta { VersionId = "1", LastUpdated = FhirTime.Truncate(facts.Date) };
        definition.Url = Url(declaration.Id, facts.PublicBase);
        definition.Version = facts.SoftwareVersion;
        definition.Date = FhirTime.Format(facts.Date);
        definition.Base = Url(declaration.Id, CanonicalUrls.Base);
        return definition;
    }

    /// <summary>What an operation is at every installation, under its canonical.</summary>
    /// <param name="version">Of the published package.</param>
    /// <param name="date">When the package was published.</param>
    public static OperationDefinition Publish(OperationDeclaration declaration, string version, string date)
    {
        var definition = Compose(declaration, declaration.Description, null);
        definition.Url = Url(declaration.Id, CanonicalUrls.Base);
        definition.Version = version;
        definition.Date = date;
        return definition;
    }

    /// <param name="models">Null where it is about no installation.</param>
    private static OperationDefinition Compose(OperationDeclaration declaration, string description, ModelManifest[]? models) => new()
    {
        Id = declaration.Id,
        Name = declaration.Name,
        Title = declaration.Title,
        Status = PublicationStatus.Active,
        Kind = OperationDefinition.OperationKind.Operation,
        Experimental = false,
        Publisher = "MedAI",
        Description = new Markdown(description),
        AffectsState = declaration.AffectsState,
        Code = declaration.Code,
        Comment = new Markdown(declaration.Comment.ReplaceLineEndings(" ").Trim()),
        Resource = [.. declaration.Types.Select(t => EnumUtility.ParseLiteral<ResourceType>(t))],
        System = declaration.OnSystem,
        Type = declaration.OnType,
        Instance = declaration.OnInstance,
        Parameter = [.. declaration.Inputs.Select(i => Input(i, models)), .. declaration.Outputs.Select(Output)],
    };

    /// <returns>UTF-8 JSON, or null when the loaded models give the operation nothing to do.</returns>
    public static byte[]? Write(IFhirOperation operation, IReadOnlyList<ModelManifest> models, ServerFacts facts) =>
        Compose(operation, models, facts) is { } definition ? FhirJson.ToUtf8(definition) : null;

    private static OperationDefinition.ParameterComponent Input(OperationInput input, ModelManifest[]? models) => new()
    {
        Name = input.Name,
        Use = OperationParameterUse.In,
        Min = input.Min,
        Max = input.Max,
        Type = input.Type,
        Documentation = new Markdown(input.NamesModel && models is not null ? $"{input.Documentation} Served now: {string.Join(", ", models.Select(m => $"`{m.Id}`"))}." : input.Documentation),
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
