using System.Text.Json;
using MedAI.Fhir.Reading;

namespace MedAI.Fhir.WriteBack;

/// <summary>What a server's CapabilityStatement says that it takes.</summary>
/// <param name="Transactions">A transaction Bundle.</param>
/// <param name="Created">Types that may be created.</param>
/// <param name="CreatedOnce">Types of them that may be created on condition that there is none yet.</param>
public sealed record UpstreamAbilities(bool Transactions, IReadOnlySet<string> Created, IReadOnlySet<string> CreatedOnce)
{
    /// <returns>Null when it is no CapabilityStatement of a server.</returns>
    public static UpstreamAbilities? Read(JsonElement statement)
    {
        if (!FhirJson.Is(FhirJson.Member(statement, "resourceType"u8), "CapabilityStatement"u8))
            return null;
        foreach (var rest in FhirJson.Items(FhirJson.Member(statement, "rest"u8)))
        {
            if (!FhirJson.Is(FhirJson.Member(rest, "mode"u8), "server"u8))
                continue;
            var created = new HashSet<string>(StringComparer.Ordinal);
            var once = new HashSet<string>(StringComparer.Ordinal);
            foreach (var resource in FhirJson.Items(FhirJson.Member(rest, "resource"u8)))
            {
                if (FhirJson.String(FhirJson.Member(resource, "type"u8)) is not { } type || !Has(resource, "create"u8))
                    continue;
                created.Add(type);
                if (FhirJson.Member(resource, "conditionalCreate"u8).ValueKind == JsonValueKind.True)
                    once.Add(type);
            }
            return new UpstreamAbilities(Has(rest, "transaction"u8), created, once);
        }
        return null;
    }

    private static bool Has(JsonElement parent, ReadOnlySpan<byte> code)
    {
        foreach (var interaction in FhirJson.Items(FhirJson.Member(parent, "interaction"u8)))
        {
            if (FhirJson.Is(FhirJson.Member(interaction, "code"u8), code))
                return true;
        }
        return false;
    }
}
