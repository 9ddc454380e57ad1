using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Store;

namespace MedAI.Fhir.Operations.Cohorts;

/// <summary>The members of a Group that are to be scored, in its order: each once, whoever left it (<c>inactive</c>) not at all.</summary>
internal static class CohortMembers
{
    /// <returns>The members, or why the Group has none that could be.</returns>
    public static (IReadOnlyList<CohortMember>? Members, Failure? Failure) Of(JsonElement group, string ownBase)
    {
        // A Group that is not actual describes who would belong to it, and has no members (R4, grp-1).
        if (FhirJson.Member(group, "actual"u8).ValueKind != JsonValueKind.True)
            return (null, new Failure(FailureCode.MemberUnusable, "Only an actual Group has members.", "Group.actual"));
        var members = new List<CohortMember>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int index = -1;
        foreach (var member in FhirJson.Items(FhirJson.Member(group, "member"u8)))
        {
            index++;
            if (FhirJson.Member(member, "inactive"u8).ValueKind == JsonValueKind.True)
                continue;
            string? reference = FhirJson.String(FhirJson.Member(FhirJson.Member(member, "entity"u8), "reference"u8));
            string? local = reference?.StartsWith(ownBase + "/", StringComparison.Ordinal) == true ? reference[(ownBase.Length + 1)..] : reference;
            if (seen.Add(local ?? $"#{index}"))
                members.Add(new CohortMember(index, reference, local is null ? null : LocalReference.Id(local, "Patient")));
        }
        return (members, null);
    }
}

/// <summary>One member.</summary>
/// <param name="Index">Its place in <c>Group.member</c>.</param>
/// <param name="Reference">As the Group has it; null where it has none.</param>
/// <param name="PatientId">Null where it is no Patient of this server: a nested Group, a Device, another server's patient.</param>
internal sealed record CohortMember(int Index, string? Reference, string? PatientId);
