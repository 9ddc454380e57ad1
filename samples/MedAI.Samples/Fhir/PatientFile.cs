using System.Text.Json.Nodes;
using MedAI.Samples.Stays;

namespace MedAI.Samples.Fhir;

/// <summary>All resources of one made-up patient, in the order of the file.</summary>
internal sealed class PatientFile
{
    /// <summary>Base of the full URLs: the made-up EHR that the patients come from. Nothing is served there.</summary>
    public const string Base = "https://ehr.example.org/fhir";

    public PatientFile(SampleStay stay)
    {
        Stay = stay;
        var resources = new Resources(stay);
        EncounterId = resources.EncounterId;
        Patient = resources.Patient();
        Location = resources.Location();
        Encounter = resources.Encounter();
        for (int i = 0; i < stay.Ventilation.Count; i++)
            Procedures.Add(resources.Ventilation(stay.Ventilation[i], i + 1));

        if (stay.Id == "demo-odd-units")
        {
            Observations.AddRange(OddUnits.Write(stay, resources));
        }
        else
        {
            int last = (int)((stay.End ?? SampleStays.AsOf) - stay.Start).TotalMinutes;
            if (stay.HeightCm is { } height)
                Observations.Add(resources.Height(height));
            // What the laboratory has not reported yet is not in the chart.
            Observations.AddRange(stay.Values.Where(v => v.Minute + Resources.ReportedAfter(MeasuredQuantity.Of(v).Category) <= last).Select(resources.Observation));
        }
        if (stay.Id == "demo-dirty")
        {
            foreach (var resource in Dirt.Write(stay, resources))
                ((string?)resource["resourceType"] == "Specimen" ? Others : Observations).Add(resource);
        }
    }

    public SampleStay Stay { get; }

    public string EncounterId { get; }

    public JsonObject Patient { get; }

    public JsonObject Location { get; }

    public JsonObject Encounter { get; }

    public List<JsonObject> Procedures { get; } = [];

    public List<JsonObject> Others { get; } = [];

    public List<JsonObject> Observations { get; } = [];

    public IEnumerable<JsonObject> Everything => [Patient, Location, Encounter, .. Procedures, .. Others, .. Observations];
}
