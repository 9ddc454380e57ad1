using System.Text.Json.Nodes;
using MedAI.Samples.Stays;

namespace MedAI.Samples.Fhir;

/// <summary>Requests to try with curl: CDS Hooks calls with and without prefetch, and an operation's body.</summary>
internal static class TryOutRequests
{
    /// <summary>A call that brings no data: in demo mode the server's own store answers.</summary>
    public static string PatientView(PatientFile file, int number) => JsonText.Pretty(new JsonObject
    {
        ["hook"] = "patient-view",
        ["hookInstance"] = HookInstance(number),
        ["context"] = Context(file),
    });

    /// <summary>A call that brings everything, as an EHR would prefetch it.</summary>
    public static string PatientViewWithPrefetch(PatientFile file, int number) =>
        $$$"""
        {"hook":"patient-view","hookInstance":"{{{HookInstance(number)}}}","fhirServer":"{{{PatientFile.Base}}}","context":{{{JsonText.One(Context(file))}}},"prefetch":{
        "patient":{{{JsonText.One(file.Patient)}}},
        "encounter":{{{JsonText.Searchset([file.Encounter])}}},
        "locations":{{{JsonText.Searchset([file.Location])}}},
        "observations-vital-signs":{{{JsonText.Searchset(Newest(file, "vital-signs"))}}},
        "observations-laboratory":{{{JsonText.Searchset(Newest(file, "laboratory"))}}},
        "observations-codes":{{{JsonText.Searchset(Newest(file, "exam", "therapy"))}}},
        "procedures":{{{JsonText.Searchset(file.Procedures)}}}
        }}

        """.ReplaceLineEndings("\n");

    /// <summary>Body of $assess-risk on type or system level.</summary>
    public static string AssessRisk(PatientFile file) =>
        $$"""
        {"resourceType":"Parameters","parameter":[
        {"name":"model","valueString":"icu-mortality"},
        {"name":"asOf","valueDateTime":"{{Resources.Instant(SampleStays.AsOf)}}"},
        {"name":"persist","valueBoolean":false},
        {"name":"data","resource":{{JsonText.Collection(file.Stay.Id, file.Everything).TrimEnd()}}}
        ]}

        """.ReplaceLineEndings("\n");

    private static string HookInstance(int number) => $"d1577c69-dfbe-44ad-ba6d-3e05e953{number:0000}";

    private static JsonObject Context(PatientFile file) => new()
    {
        ["userId"] = "Practitioner/demo-clinician",
        ["patientId"] = file.Stay.Id,
        ["encounterId"] = file.EncounterId,
    };

    private static JsonObject[] Newest(PatientFile file, params string[] categories) =>
    [
        .. file.Observations
            .Where(o => categories.Contains((string?)o["category"]?[0]?["coding"]?[0]?["code"]))
            .OrderByDescending(o => (string?)(o["effectiveDateTime"] ?? o["issued"]), StringComparer.Ordinal)
            .ThenBy(o => (string?)o["id"], StringComparer.Ordinal),
    ];
}
