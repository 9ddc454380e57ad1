using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MedAI.Testing;

/// <summary>Patient-view hooks that bring one full stay each: 430 Observations, about 200 KB, every prefetch key, of ever new patients.</summary>
/// <remarks>
/// Made from a sample's hook request: displays and search modes are left out, as most servers do, and the oldest series go on until there are
/// 430 Observations. Each body has its own patient id and heart rates, so that no stored result answers it again.
/// </remarks>
public sealed class FullStayHooks
{
    public const int Observations = 430;

    /// <summary>FHIR base of the made-up EHR.</summary>
    public const string FhirBase = "https://ehr.example/fhir/r4";

    private readonly string _template;
    private readonly string _patient;
    private readonly int[] _rates;

    /// <param name="sampleHook">A sample's patient-view request with prefetch.</param>
    public FullStayHooks(string sampleHook)
    {
        var hook = JsonNode.Parse(sampleHook)!.AsObject();
        hook["fhirServer"] = FhirBase;
        _patient = (string)hook["context"]!["patientId"]!;
        var prefetch = hook["prefetch"]!.AsObject();
        prefetch["locations"] ??= JsonNode.Parse("""{"resourceType":"Bundle","type":"searchset","total":0}""");
        int missing = Observations;
        foreach (var (_, value) in prefetch)
        {
            foreach (var entry in Entries(value))
            {
                string[] url = ((string)entry["fullUrl"]!).Split('/');
                entry["fullUrl"] = $"{FhirBase}/{url[^2]}/{url[^1]}";
                if ((string?)entry["resource"]!["resourceType"] != "Observation")
                    continue;
                missing--;
                entry.Remove("search");
                RemoveDisplays(entry["resource"]!);
            }
        }
        AddOlder(prefetch["observations-vital-signs"]!.AsObject(), missing);
        string text = hook.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _template = text;
        _rates = [.. HeartRates(text)];
        if (_rates.Length == 0)
            throw new ArgumentException("The sample has no heart rates of two digits.", nameof(sampleHook));
    }

    /// <summary>Id of the patient of a body.</summary>
    public string PatientOf(int number) => "s" + number.ToString(CultureInfo.InvariantCulture).PadLeft(_patient.Length - 1, '0');

    /// <summary>UTF-8 of the body with this number; equal numbers give equal bytes.</summary>
    public byte[] Body(int number)
    {
        char[] text = _template.ToCharArray();
        // The last digit only: every value stays believable.
        for (int i = 0; i < _rates.Length; i++)
            text[_rates[i]] = (char)('0' + ((number + (i * 7)) % 10));
        return Encoding.UTF8.GetBytes(new string(text).Replace(_patient, PatientOf(number), StringComparison.Ordinal));
    }

    private static IEnumerable<JsonObject> Entries(JsonNode? bundle) =>
        bundle?["entry"] is JsonArray entries ? entries.Select(e => e!.AsObject()) : [];

    private static void RemoveDisplays(JsonNode resource)
    {
        foreach (var coding in resource["code"]!["coding"]!.AsArray())
            coding!.AsObject().Remove("display");
    }

    /// <summary>Repeats the bundle's values some minutes before, under ids of their own.</summary>
    private static void AddOlder(JsonObject bundle, int count)
    {
        var entries = bundle["entry"]!.AsArray();
        for (int i = 0; i < count; i++)
        {
            var copy = entries[i]!.DeepClone().AsObject();
            var resource = copy["resource"]!.AsObject();
            string id = (string)resource["id"]! + "-b";
            resource["id"] = id;
            copy["fullUrl"] = $"{FhirBase}/Observation/{id}";
            foreach (string time in (string[])["effectiveDateTime", "issued"])
            {
                if ((string?)resource[time] is { } at)
                    resource[time] = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).AddMinutes(-11).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
            }
            entries.Add(copy);
        }
        bundle["total"] = entries.Count;
    }

    /// <summary>Places of the last digit of each heart rate.</summary>
    private static IEnumerable<int> HeartRates(string text)
    {
        const string Rate = "\"code\":\"8867-4\"";
        const string Value = "\"valueQuantity\":{\"value\":";
        for (int at = text.IndexOf(Rate, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Rate, at + 1, StringComparison.Ordinal))
        {
            int start = text.IndexOf(Value, at, StringComparison.Ordinal) + Value.Length;
            int end = start;
            while (char.IsAsciiDigit(text[end]))
                end++;
            if (end - start >= 2 && text[end] is ',' or '}')
                yield return end - 1;
        }
    }
}
