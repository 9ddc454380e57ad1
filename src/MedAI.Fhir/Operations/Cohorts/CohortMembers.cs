using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Sources;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Operations.Cohorts;

/// <summary>The members of a Group that are to be scored, in its order: each once, whoever left it (<c>inactive</c>) not at all.</summary>
internal static class CohortMembers
{
    /// <returns>The members, or why the Group has none that could be.</returns>
    public static (IReadOnlyList<CohortMember>? Members, Failure? Failure) Of(FoundGroup found)
    {
        // A Group that is not actual describes who would belong to it, and has no members (R4, grp-1).
        if (FhirJson.Member(found.Group, "actual"u8).ValueKind != JsonValueKind.True)
            return (null, new Failure(FailureCode.MemberUnusable, "Only an actual Group has members.", "Group.actual"));
        var members = new List<CohortMember>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string prefix = found.FhirBase + "/";
        int index = -1;
        foreach (var member in FhirJson.Items(FhirJson.Member(found.Group, "member"u8)))
        {
            index++;
            if (FhirJson.Member(member, "inactive"u8).ValueKind == JsonValueKind.True)
                continue;
            string? given = FhirJson.String(FhirJson.Member(FhirJson.Member(member, "entity"u8), "reference"u8));
            string? local = given?.StartsWith(prefix, StringComparison.Ordinal) == true ? given[prefix.Length..] : given;
            if (!seen.Add(local ?? $"#{index}"))
                continue;
            // A relative reference of another server would lead nowhere here.
            string? reference = local is null || found.IsOwn || local.Contains(':', StringComparison.Ordinal) ? given : prefix + local;
            members.Add(new CohortMember(index, reference, local is null ? null : LocalReference.Id(local, "Patient")));
        }
        return (members, null);
    }
}

/// <summary>One member.</summary>
/// <param name="Index">Its place in <c>Group.member</c>.</param>
/// <param name="Reference">To the member, as it can be followed from here; null where the Group has none.</param>
/// <param name="PatientId">Null where it is no Patient of the Group's server: a nested Group, a Device, another server's patient.</param>
internal sealed record CohortMember(int Index, string? Reference, string? PatientId);
