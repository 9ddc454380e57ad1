using System.Text.Json;
using MedAI.Training.Icu2012;

namespace MedAI.Testing.Icu2012;

/// <summary>Tells a stay of the 2012 challenge in FHIR R4, as an EHR would hold it.</summary>
/// <remarks>Deterministic: the same stay and variant give the same bytes. The files hold no dates, so every stay is given an admission in 2031.</remarks>
public static class StayToFhir
{
    /// <summary>Converts one stay; everything in the file is told, also what lies after as-of.</summary>
    public static FhirStay Convert(IcuStay stay, int asOfMinutes, StayVariant? variant = null)
    {
        ArgumentNullException.ThrowIfNull(stay);
        return new Telling(stay, asOfMinutes, variant ?? StayVariant.Plain).Tell();
    }

    internal static string Instant(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:sszzz");

    private sealed class Telling(IcuStay stay, int asOfMinutes, StayVariant variant)
    {
        private const string InvasiveMethod = "77938009";
        private const string CuffMethod = "17146006";

        private static readonly string[] Lines = ["SysABP", "DiasABP", "MAP"];
        private static readonly string[] Cuffs = ["NISysABP", "NIDiasABP", "NIMAP"];

        private readonly Random _random = new(unchecked(variant.Seed * 7919 + stay.RecordId));
        private readonly List<FhirResource> _resources = [];
        private readonly string _patient = $"p{stay.RecordId}";
        private readonly string _encounter = $"e{stay.RecordId}";

        // Hospitals lie in different time zones.
        private readonly DateTimeOffset _start = new DateTimeOffset(2031, 1, 6, 0, 0, 0, TimeSpan.FromHours(stay.RecordId % 5 - 2)).AddMinutes(stay.RecordId % 5003 * 37);
        private int _number;

        private DateTimeOffset AsOf => _start.AddMinutes(asOfMinutes);

        public FhirStay Tell()
        {
            Add("Patient", _patient, Patient);
            Add("Location", $"icu-{(int)stay.Unit}", Location);
            Add("Encounter", _encounter, Encounter);
            if (stay.HeightCm is { } height)
                Single("Height", 0, [height]);
            foreach (var moment in stay.Events.GroupBy(e => e.Minute))
                Moment(moment.Key, moment.GroupBy(e => e.Parameter).ToDictionary(g => g.Key, g => g.Select(e => e.Value).ToArray()));
            if (variant.UnitsAndCodes)
                VentilationProcedures();
            if (variant.FutureValues)
                Future();
            if (variant.Noise)
                Noise();
            var resources = _resources.ToArray();
            if (variant.Shuffled)
                _random.Shuffle(resources);
            return new FhirStay { PatientId = _patient, EncounterId = _encounter, Start = _start, AsOf = AsOf, Resources = resources };
        }

        private void Moment(int minute, Dictionary<string, double[]> values)
        {
            if (variant.UnitsAndCodes)
            {
                if (_random.Next(3) > 0)
                    Pressures(minute, values, Cuffs, invasive: false);
                if (_random.Next(3) > 0)
                    Pressures(minute, values, Lines, invasive: true);
                // Parts only where one total stands alone: of two totals at one instant nobody could tell whose parts are whose.
                if (values.TryGetValue("GCS", out var coma) && coma is [var total] && total == Math.Floor(total) && total is >= 3 and <= 15 && _random.Next(2) == 0)
                {
                    values.Remove("GCS");
                    ComaParts(minute, (int)total);
                }
            }
            foreach (var (parameter, measured) in values)
            {
                if (parameter == "MechVent")
                {
                    if (!variant.UnitsAndCodes)
                        Observe(minute, "therapy", "20124-4", new StatedValue("1", "1"));
                }
                else
                {
                    Single(parameter, minute, measured);
                }
            }
        }

        /// <summary>Every value of a parameter at one instant by one code, because the most preferred code alone counts; units may differ.</summary>
        private void Single(string parameter, int minute, double[] values)
        {
            if (!LegalCodings.Of.TryGetValue(parameter, out var legal))
                return;
            var chosen = variant.UnitsAndCodes ? legal.Codings[_random.Next(legal.Codings.Length)] : legal.Codings[0];
            var sameCode = legal.Codings.Where(c => c.Loinc == chosen.Loinc).ToArray();
            foreach (double value in values)
            {
                var coding = variant.UnitsAndCodes ? sameCode[_random.Next(sameCode.Length)] : chosen;
                Observe(minute, legal.Category, coding.Loinc, StatedValue.In(coding, value));
            }
        }

        /// <summary>Systolic, diastolic and mean by their generic codes: as a panel, or singly with a method.</summary>
        private void Pressures(int minute, Dictionary<string, double[]> values, string[] parameters, bool invasive)
        {
            var present = parameters.Where(values.ContainsKey).ToArray();
            if (present.Length == 0 || present.Any(p => values[p].Length > 1))
                return;
            var unit = LegalCodings.Of[parameters[0]].Codings[_random.Next(2)];
            var stated = present.Select(p => (LegalCodings.Generic[p], StatedValue.In(unit, values[p][0]))).ToArray();
            foreach (string parameter in present)
                values.Remove(parameter);
            if (_random.Next(2) == 0)
            {
                Add(Text(minute, "vital-signs", _random.Next(2) == 0 ? "85354-9" : "35094-2") with
                {
                    Components = stated,
                    Method = invasive ? InvasiveMethod : null,
                });
            }
            else
            {
                foreach (var (loinc, value) in stated)
                    Add(Text(minute, "vital-signs", loinc) with { Value = value, Method = invasive ? InvasiveMethod : CuffMethod });
            }
        }

        private void ComaParts(int minute, int total)
        {
            int motor = Math.Clamp(total - 2, 1, 6);
            int eye = Math.Clamp(total - motor - 1, 1, 4);
            (string, StatedValue)[] parts =
            [
                ("9267-6", StatedValue.Exact(eye, "{score}")),
                ("9268-4", StatedValue.Exact(motor, "{score}")),
                ("9270-0", StatedValue.Exact(total - motor - eye, "{score}")),
            ];
            if (_random.Next(2) == 0)
            {
                Add(Text(minute, "exam", "35088-4") with { Components = parts });
                return;
            }
            foreach (var (loinc, value) in parts)
                Observe(minute, "exam", loinc, value);
        }

        /// <summary>Ventilation as an EHR charts it at as-of: the file's instants no more than eight hours apart are one procedure.</summary>
        private void VentilationProcedures()
        {
            int? first = null;
            int last = 0;
            foreach (int minute in stay.Events.Where(e => e.Parameter == "MechVent" && e.Minute <= asOfMinutes).Select(e => e.Minute).Order())
            {
                if (first is { } started && minute - last > 8 * 60)
                {
                    Procedure(_start.AddMinutes(started), _start.AddMinutes(last));
                    first = null;
                }
                first ??= minute;
                last = minute;
            }
            if (first is { } from)
                Procedure(_start.AddMinutes(from), _start.AddMinutes(last));
        }

        /// <summary>Everything here lies after as-of by when it was measured, reported or begun, and would change any score.</summary>
        private void Future()
        {
            foreach (var (parameter, value) in new[] { ("HR", 190.0), ("NISysABP", 55.0), ("GCS", 3.0), ("Lactate", 17.0), ("Creatinine", 9.0), ("Temp", 33.0), ("Weight", 140.0), ("Urine", 0.0) })
            {
                Single(parameter, asOfMinutes + 6 + _random.Next(600), [value]);
                // Drawn in time, reported too late.
                var (category, codings) = LegalCodings.Of[parameter];
                Add(Text(Math.Max(0, asOfMinutes - 5 - _random.Next(30)), category, codings[0].Loinc) with
                {
                    Value = StatedValue.In(codings[0], value),
                    Issued = AsOf.AddMinutes(10 + _random.Next(60)),
                });
            }
            Procedure(AsOf.AddMinutes(30), null);
        }

        /// <summary>Nothing here is a usable value of a variable of the model.</summary>
        private void Noise()
        {
            for (int i = 0; i < 12; i++)
            {
                int minute = _random.Next(Math.Max(1, asOfMinutes));
                Observe(minute, "laboratory", "2075-0", new StatedValue("104", "mmol/L"));
                Observe(minute, "laboratory", "718-7", new StatedValue("9.8", "g/dL"));
                Add(Text(minute, "vital-signs", "8867-4") with { Value = new StatedValue("199", "/min"), Status = "entered-in-error" });
                Add(Text(minute, "laboratory", "2524-7") with { Value = new StatedValue("14", "mmol/L"), Status = "cancelled" });
                Add(Text(minute, "laboratory", "2160-0") with { Value = new StatedValue("8", "mg/dL"), Status = "preliminary" });
                Add(Text(minute, "vital-signs", "8310-5") with { AbsentReason = "not-performed" });
                Add(Text(minute, "laboratory", "2746-6") with { Value = new StatedValue("7.05", "[pH]") });
                Add(Text(minute, "laboratory", "2823-3") with { Value = new StatedValue("7.9", "mg") });
                Add(Text(minute, "survey", "72166-2") with { Words = "Former smoker" });
            }
            Add("Condition", $"c{stay.RecordId}", writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("resourceType", "Condition");
                writer.WriteString("id", $"c{stay.RecordId}");
                writer.WritePropertyName("code");
                ObservationText.Concept(writer, "http://snomed.info/sct", "91302008");
                ObservationText.Reference(writer, "subject", $"Patient/{_patient}");
                writer.WriteEndObject();
            });
            Add("Procedure", $"x{stay.RecordId}", writer => Procedure(writer, $"x{stay.RecordId}", "not-done", "40617009", _start, AsOf));
            Add("Procedure", $"y{stay.RecordId}", writer => Procedure(writer, $"y{stay.RecordId}", "completed", "80146002", _start, _start.AddHours(1)));
        }

        private void Patient(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "Patient");
            writer.WriteString("id", _patient);
            writer.WriteString("gender", stay.Male switch { true => "male", false => "female", null => "unknown" });
            // The birthday lies a quarter of a year before admission, so that the completed years are the file's age.
            if (stay.Age is { } age)
                writer.WriteString("birthDate", DateOnly.FromDateTime(_start.DateTime).AddDays(-90).AddYears(-(int)age).ToString("yyyy-MM-dd"));
            writer.WriteEndObject();
        }

        private void Location(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "Location");
            writer.WriteString("id", $"icu-{(int)stay.Unit}");
            writer.WriteStartArray("type");
            ObservationText.Concept(writer, "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html", stay.Unit switch
            {
                IcuUnit.Coronary => "1028-0",
                IcuUnit.CardiacSurgery => "1032-2",
                IcuUnit.Medical => "1027-2",
                IcuUnit.Surgical => "1030-6",
                _ => "1029-8",
            });
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        private void Encounter(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "Encounter");
            writer.WriteString("id", _encounter);
            writer.WriteString("status", "in-progress");
            writer.WriteStartObject("class");
            writer.WriteString("system", "http://terminology.hl7.org/CodeSystem/v3-ActCode");
            writer.WriteString("code", "IMP");
            writer.WriteEndObject();
            ObservationText.Reference(writer, "subject", $"Patient/{_patient}");
            // The patient came to the hospital before the unit: time zero is the unit's.
            Period(writer, "period", _start.AddHours(-stay.RecordId % 7), null);
            writer.WriteStartArray("location");
            writer.WriteStartObject();
            ObservationText.Reference(writer, "location", $"Location/icu-{(int)stay.Unit}");
            writer.WriteString("status", "active");
            Period(writer, "period", _start, null);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        private void Procedure(DateTimeOffset start, DateTimeOffset? end)
        {
            string id = $"v{stay.RecordId}-{++_number}";
            Add("Procedure", id, writer => Procedure(writer, id, end is null ? "in-progress" : "completed", "40617009", start, end));
        }

        private void Procedure(Utf8JsonWriter writer, string id, string status, string snomed, DateTimeOffset start, DateTimeOffset? end)
        {
            writer.WriteStartObject();
            writer.WriteString("resourceType", "Procedure");
            writer.WriteString("id", id);
            writer.WriteString("status", status);
            writer.WritePropertyName("code");
            ObservationText.Concept(writer, "http://snomed.info/sct", snomed);
            ObservationText.Reference(writer, "subject", $"Patient/{_patient}");
            ObservationText.Reference(writer, "encounter", $"Encounter/{_encounter}");
            Period(writer, "performedPeriod", start, end);
            writer.WriteEndObject();
        }

        private static void Period(Utf8JsonWriter writer, string member, DateTimeOffset start, DateTimeOffset? end)
        {
            writer.WriteStartObject(member);
            writer.WriteString("start", Instant(start));
            if (end is { } ended)
                writer.WriteString("end", Instant(ended));
            writer.WriteEndObject();
        }

        private void Add(string type, string id, Action<Utf8JsonWriter> write) => _resources.Add(new FhirResource(type, id, "", _start, BundleText.Write(write)));

        private void Add(ObservationText observation) => _resources.Add(observation.Resource());

        private void Observe(int minute, string category, string loinc, StatedValue value) => Add(Text(minute, category, loinc) with { Value = value });

        private ObservationText Text(int minute, string category, string loinc) => new()
        {
            Id = $"o{stay.RecordId}-{++_number}",
            Category = category,
            Patient = $"Patient/{_patient}",
            Encounter = $"Encounter/{_encounter}",
            Effective = _start.AddMinutes(minute),
            Loinc = loinc,
        };
    }
}
