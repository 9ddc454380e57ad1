using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Writing;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Operations;

/// <summary>One changed input: a variable as if it had been measured once more at the instant of the estimate.</summary>
internal sealed record WhatIfChange(ModelVariable Variable, decimal Value)
{
    /// <summary>Ids of the made-up Observations begin so; nothing with such an id is ever stored.</summary>
    private const string IdPrefix = "what-if-";

    /// <summary>Changes of one invocation.</summary>
    public const int Most = 20;

    /// <summary>Reads the given changes; each names a measured variable of the model once, with a possible value.</summary>
    public static (IReadOnlyList<WhatIfChange>? Changes, Failure? Failure) Read(OperationInputs inputs, VariableTable variables)
    {
        var changes = new List<WhatIfChange>();
        var issues = new List<FailureIssue>();
        foreach (var given in inputs.Of("change"))
        {
            var parts = OperationInputs.Parameters(given.Part, given.Where + ".part").ToDictionary(p => p.Name!, StringComparer.Ordinal);
            var (id, value) = (parts["variable"], parts["value"].Value.GetDecimal());
            if (variables.Find(id.Text!) is not { IsState: false } variable || CodeOf(variable) is null)
                issues.Add(new FailureIssue($"The model has these variables that can be changed: {string.Join(", ", variables.Variables.Where(v => !v.IsState && CodeOf(v) is not null).Select(v => v.Id))}.", id.Place));
            else if (changes.Exists(c => c.Variable == variable))
                issues.Add(new FailureIssue("A variable may be changed once.", given.Where));
            else if ((double)value < variable.Hard.Low || (double)value > variable.Hard.High)
                issues.Add(new FailureIssue(string.Create(CultureInfo.InvariantCulture, $"{variable.Title} lies from {variable.Hard.Low} to {variable.Hard.High} {variable.Unit}."), parts["value"].Place));
            else
                changes.Add(new WhatIfChange(variable, value));
        }
        return issues.Count > 0 ? (null, new Failure(FailureCode.InvalidParameter, issues)) : (changes, null);
    }

    /// <summary>The changes as Observations of the patient, so that they go the same way as every measurement: units, ranges, pooling.</summary>
    public static JsonDocument AsObservations(IReadOnlyList<WhatIfChange> changes, PatientKey patient, DateTimeOffset asOf)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            for (int i = 0; i < changes.Count; i++)
                changes[i].Write(writer, string.Create(CultureInfo.InvariantCulture, $"{IdPrefix}{i + 1}"), patient, asOf);
            writer.WriteEndArray();
        }
        return JsonDocument.Parse(buffer.WrittenMemory);
    }

    /// <summary>True when the change reached what the model reads.</summary>
    public bool IsIn(PatientTimeline timeline)
    {
        foreach (ref readonly var measurement in timeline.InWindow(Variable))
        {
            if (IsMadeUp(measurement.Source))
                return true;
            foreach (var other in measurement.OtherSources)
            {
                if (IsMadeUp(other))
                    return true;
            }
        }
        return false;
    }

    private static bool IsMadeUp(SourceReference source) => source.Reference.Contains("/" + IdPrefix, StringComparison.Ordinal);

    /// <summary>A code that means the variable whatever the method and in the variable's own unit; null where there is none.</summary>
    private static ModelCode? CodeOf(ModelVariable variable) => variable.Manifest.Codes.FirstOrDefault(c => c.When is null && c.Units is null) is { } code
        ? new ModelCode(variable, code.System, code.Code, 0, code)
        : null;

    private void Write(Utf8JsonWriter writer, string id, PatientKey patient, DateTimeOffset asOf)
    {
        var code = CodeOf(Variable)!;
        writer.WriteStartObject();
        writer.WriteString("resourceType", "Observation");
        writer.WriteString("id", id);
        writer.WriteString("status", "final");
        writer.WriteStartObject("code");
        writer.WriteStartArray("coding");
        writer.WriteStartObject();
        writer.WriteString("system", code.System);
        writer.WriteString("code", code.Code);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteStartObject("subject");
        writer.WriteString("reference", "Patient/" + patient.Id);
        writer.WriteEndObject();
        writer.WriteString("effectiveDateTime", FhirTime.Format(asOf));
        writer.WriteStartObject("valueQuantity");
        writer.WriteNumber("value", Value);
        writer.WriteString("system", "http://unitsofmeasure.org");
        writer.WriteString("code", Variable.Unit);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
