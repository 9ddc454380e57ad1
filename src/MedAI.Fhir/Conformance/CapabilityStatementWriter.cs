using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Writing;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Conformance;

/// <summary>Writes the CapabilityStatement of GET metadata from the loaded models and the declared routes.</summary>
public static class CapabilityStatementWriter
{
    /// <param name="models">Manifests of the ready models.</param>
    /// <param name="served">What the mapped routes do.</param>
    public static CapabilityStatement Compose(IReadOnlyList<ModelManifest> models, IReadOnlyList<ServedInteraction> served, ServerFacts facts)
    {
        var rest = new CapabilityStatement.RestComponent
        {
            Mode = CapabilityStatement.RestfulCapabilityMode.Server,
            Documentation = new Markdown("Operations compute risk estimates with the models listed in the description; results are stored, versioned and audited. Every operation honours Prefer: respond-async: 202, and a batch-response Bundle at Content-Location when it is done."),
            Security = new CapabilityStatement.SecurityComponent
            {
                Service = facts.IsSmart ? [new CodeableConcept("http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR")] : [],
                Description = new Markdown(facts.Security),
            },
            Resource = [.. served.Where(s => s.Type is not null).GroupBy(s => s.Type!).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Resource(g.Key, [.. g], facts))],
            Interaction = [.. Distinct(served, null, ServedInteractionKind.Interaction).Select(s => new CapabilityStatement.SystemInteractionComponent
            {
                Code = Parse<CapabilityStatement.SystemRestfulInteraction>(s.Code),
            })],
            Operation = [.. Operations(served, null, facts)],
        };
        return new CapabilityStatement
        {
            Id = "medai",
            Url = $"{facts.PublicBase}/metadata",
            Version = facts.SoftwareVersion,
            Name = "MedAI",
            Title = "MedAI clinical decision support",
            Status = PublicationStatus.Active,
            Experimental = false,
            Date = FhirTime.Format(facts.Date),
            Publisher = "MedAI",
            Description = new Markdown(Description(models)),
            Kind = CapabilityStatementKind.Instance,
            Software = new CapabilityStatement.SoftwareComponent { Name = "MedAI", Version = facts.SoftwareVersion },
            Implementation = new CapabilityStatement.ImplementationComponent { Description = "MedAI server", Url = facts.PublicBase },
            FhirVersion = FHIRVersion.N4_0_1,
            Format = ["json", "xml"],
            Rest = [rest],
        };
    }

    public static byte[] Write(IReadOnlyList<ModelManifest> models, IReadOnlyList<ServedInteraction> served, ServerFacts facts) =>
        FhirJson.ToUtf8(Compose(models, served, facts));

    private static string Description(IReadOnlyList<ModelManifest> models) => models.Count == 0
        ? "No model is loaded."
        : "Models: " + string.Join("; ", models.OrderBy(m => m.Id, StringComparer.Ordinal)
            .Select(m => $"{SafeText.Markdown(m.Title)} ({SafeText.Markdown(m.Id)} {SafeText.Markdown(m.Version)})")) + ".";

    private static CapabilityStatement.ResourceComponent Resource(string type, IReadOnlyList<ServedInteraction> served, ServerFacts facts)
    {
        bool versions = served.Any(s => s is { Kind: ServedInteractionKind.Interaction, Code: "vread" });
        return new CapabilityStatement.ResourceComponent
        {
            Type = type,
            SupportedProfile = [.. PublishedDefinitions.ProfilesOf(type)],
            Interaction = [.. Distinct(served, type, ServedInteractionKind.Interaction).Select(s => new CapabilityStatement.ResourceInteractionComponent
            {
                Code = Parse<CapabilityStatement.TypeRestfulInteraction>(s.Code),
            })],
            Versioning = versions ? CapabilityStatement.ResourceVersionPolicy.Versioned : null,
            ReadHistory = versions ? true : null,
            ConditionalCreate = served.Any(s => s is { Kind: ServedInteractionKind.Interaction, Code: "create" }) ? true : null,
            UpdateCreate = served.Any(s => s is { Kind: ServedInteractionKind.Interaction, Code: "update" }) ? true : null,
            ConditionalRead = versions ? CapabilityStatement.ConditionalReadStatus.FullSupport : null,
            SearchInclude = [.. Distinct(served, type, ServedInteractionKind.Include).Select(s => s.Code)],
            SearchRevInclude = [.. Distinct(served, type, ServedInteractionKind.ReverseInclude).Select(s => s.Code)],
            SearchParam = [.. Distinct(served, type, ServedInteractionKind.SearchParameter).Select(s => new CapabilityStatement.SearchParamComponent
            {
                Name = s.Code,
                Definition = s.Definition,
                Type = Parse<SearchParamType>(s.SearchType ?? ""),
            })],
            Operation = [.. Operations(served, type, facts)],
        };
    }

    private static IEnumerable<CapabilityStatement.OperationComponent> Operations(IReadOnlyList<ServedInteraction> served, string? type, ServerFacts facts) =>
        Distinct(served, type, ServedInteractionKind.Operation).Select(s => new CapabilityStatement.OperationComponent
        {
            Name = s.Code,
            Definition = OperationDefinitionWriter.Url(s.Definition!, facts.PublicBase),
        });

    private static IEnumerable<ServedInteraction> Distinct(IReadOnlyList<ServedInteraction> served, string? type, ServedInteractionKind kind) =>
        served.Where(s => s.Kind == kind && s.Type == type).DistinctBy(s => s.Code).OrderBy(s => s.Code, StringComparer.Ordinal);

    private static T Parse<T>(string code) where T : struct, Enum =>
        EnumUtility.ParseLiteral<T>(code) ?? throw new ArgumentException($"{code} is not a {typeof(T).Name}: the route declares something that FHIR does not know.");
}
