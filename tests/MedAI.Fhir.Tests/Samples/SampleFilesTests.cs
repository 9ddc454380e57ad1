using System.Globalization;
using System.Text;
using System.Text.Json;
using MedAI.Samples;
using MedAI.Samples.Stays;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Samples;

[Trait("promise", "M-83")]
public sealed class SampleFilesTests
{
    private static readonly IReadOnlyDictionary<string, string> Made = SampleFiles.Make();

    public static TheoryData<string> Patients => [.. Made.Keys.Where(p => p.StartsWith("patients/", StringComparison.Ordinal))];

    public static TheoryData<string> Requests => [.. Made.Keys.Where(p => p.StartsWith("requests/", StringComparison.Ordinal))];

    [Fact]
    public void Committed_samples_equal_a_fresh_run_byte_for_byte()
    {
        string folder = RepositoryRoot.Combine("samples");
        var committed = Directory.EnumerateFiles(Path.Combine(folder, "patients")).Concat(Directory.EnumerateFiles(Path.Combine(folder, "requests")))
            .Concat(Directory.EnumerateFiles(Path.Combine(folder, "groups"))).Concat(Directory.EnumerateFiles(Path.Combine(folder, "imaging"))).Concat(Directory.EnumerateFiles(Path.Combine(folder, "dicom-web"), "metadata.json", SearchOption.AllDirectories))
            .Append(Path.Combine(folder, "samples.json")).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal);
        Assert.Equal(Made.Keys.Order(StringComparer.Ordinal), committed);
        foreach (var (path, text) in Made)
            Assert.True(Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, path))), $"{path} differs: run dotnet run --project samples/MedAI.Samples -- --out samples");
    }

    [Fact, Trait("promise", "M-322")]
    public void Committed_films_equal_a_fresh_run_but_for_a_last_bit()
    {
        string folder = RepositoryRoot.Combine("samples");
        var frames = SampleFiles.MakeFrames();
        Assert.Equal(frames.Keys, Directory.EnumerateFiles(Path.Combine(folder, "dicom-web"), "*.raw", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal));
        foreach (var (path, made) in frames)
        {
            byte[] committed = File.ReadAllBytes(Path.Combine(folder, path));
            Assert.Equal(made.Length, committed.Length);
            bool wide = committed.Length == 2 * 256 * 256;
            Assert.Equal(wide ? 2 * 256 * 256 : 256 * 256, committed.Length);
            for (int i = 0; i < committed.Length; i += wide ? 2 : 1)
                Assert.InRange(Cell(committed, i) - Cell(made, i), -1, 1);

            int Cell(byte[] frame, int at) => wide ? frame[at] | (frame[at + 1] << 8) : frame[at];
        }
    }

    [Fact]
    public void Another_seed_gives_other_values_but_the_same_patients()
    {
        var other = SampleFiles.Make(seed: 7);
        Assert.Equal(Made.Keys, other.Keys);
        Assert.NotEqual(Made["patients/demo-stable.json"], other["patients/demo-stable.json"]);
        Assert.Equal(Made["samples.json"], other["samples.json"]);
    }

    [Theory, MemberData(nameof(Patients))]
    public void Patient_bundle_is_small_and_every_reference_in_it_resolves(string path)
    {
        Assert.True(Encoding.UTF8.GetByteCount(Made[path]) < 300_000);
        using var document = JsonDocument.Parse(Made[path]);
        var bundle = document.RootElement;
        Assert.Equal("collection", bundle.GetProperty("type").GetString());
        var known = new HashSet<string>();
        foreach (var entry in bundle.GetProperty("entry").EnumerateArray())
        {
            var resource = entry.GetProperty("resource");
            string reference = $"{resource.GetProperty("resourceType").GetString()}/{resource.GetProperty("id").GetString()}";
            Assert.True(known.Add(reference), $"{reference} occurs twice.");
            Assert.Matches("^[A-Za-z0-9\\-.]{1,64}$", resource.GetProperty("id").GetString()!);
            Assert.EndsWith("/" + reference, entry.GetProperty("fullUrl").GetString());
        }
        var references = References(bundle).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.Contains(r, known));
    }

    [Theory, MemberData(nameof(Patients))]
    public void Patient_bundle_holds_one_patient_with_coded_units_and_times_of_the_stay(string path)
    {
        using var document = JsonDocument.Parse(Made[path]);
        var resources = document.RootElement.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource")).ToArray();
        string id = Path.GetFileNameWithoutExtension(path);
        Assert.Equal(id, Assert.Single(resources, r => Type(r) == "Patient").GetProperty("id").GetString());
        Assert.Single(resources, r => Type(r) == "Encounter");
        foreach (var observation in resources.Where(r => Type(r) == "Observation"))
        {
            Assert.Equal($"Patient/{id}", observation.GetProperty("subject").GetProperty("reference").GetString());
            Assert.Equal($"Encounter/{id}-stay", observation.GetProperty("encounter").GetProperty("reference").GetString());
            foreach (var coding in observation.GetProperty("code").GetProperty("coding").EnumerateArray())
                Assert.True(HasLoincCheckDigit(coding.GetProperty("code").GetString()!), coding.GetProperty("code").GetString());
            if (id == "demo-dirty")
                continue;
            Assert.InRange(observation.GetProperty("issued").GetDateTimeOffset(), SampleStays.AsOf.AddHours(-48), SampleStays.AsOf);
            var measured = observation.TryGetProperty("component", out var parts) ? parts.EnumerateArray() : Enumerable.Repeat(observation, 1);
            foreach (var value in measured)
                Assert.Equal("http://unitsofmeasure.org", value.GetProperty("valueQuantity").GetProperty("system").GetString());
        }

        static string? Type(JsonElement r) => r.GetProperty("resourceType").GetString();
    }

    [Theory, MemberData(nameof(Requests))]
    public void Request_is_JSON_about_a_patient_of_the_samples(string path)
    {
        using var document = JsonDocument.Parse(Made[path]);
        var root = document.RootElement;
        if (root.TryGetProperty("hook", out var hook))
        {
            Assert.Equal("patient-view", hook.GetString());
            Assert.True(Guid.TryParse(root.GetProperty("hookInstance").GetString(), CultureInfo.InvariantCulture, out _));
            string patient = root.GetProperty("context").GetProperty("patientId").GetString()!;
            Assert.Contains($"patients/{patient}.json", Made.Keys);
            if (root.TryGetProperty("prefetch", out var prefetch))
            {
                Assert.Equal(patient, prefetch.GetProperty("patient").GetProperty("id").GetString());
                foreach (var bundle in prefetch.EnumerateObject().Where(p => p.Name != "patient").Select(p => p.Value))
                {
                    int matches = bundle.TryGetProperty("entry", out var entries) ? entries.EnumerateArray().Count(e => e.GetProperty("search").GetProperty("mode").GetString() == "match") : 0;
                    Assert.Equal(bundle.GetProperty("total").GetInt32(), matches);
                }
            }
        }
        else
        {
            Assert.Equal("Parameters", root.GetProperty("resourceType").GetString());
        }
    }

    [Fact]
    public void Stays_are_of_the_promised_kinds()
    {
        var stays = SampleStays.All().ToDictionary(s => s.Id);
        Assert.Equal(12, stays.Count);
        Assert.Equal(9, stays["demo-child"].Age);
        Assert.NotNull(stays["demo-ended"].End);
        Assert.Empty(stays["demo-empty"].Values);
        Assert.Equal(SampleUnit.Clinic, stays["demo-outpatient"].Unit);
        foreach (var stay in stays.Values.Where(s => s.Expectation == SampleExpectation.Prediction))
        {
            Assert.InRange((SampleStays.AsOf - stay.Start).TotalHours, 6, 48);
            Assert.InRange(stay.Age, 16, 90);
            Assert.True(stay.Values.Select(v => v.Variable).Distinct().Count() > 15);
        }
    }

    [Fact]
    public void Deteriorating_stay_gets_worse_and_recovering_stay_gets_better_in_what_was_measured()
    {
        var stays = SampleStays.All().ToDictionary(s => s.Id);
        Assert.True(Late("demo-deteriorating", "Lactate") > 2 * Early("demo-deteriorating", "Lactate"));
        Assert.True(Late("demo-deteriorating", "MAP") < Early("demo-deteriorating", "MAP") - 8);
        Assert.True(Late("demo-deteriorating", "Creatinine") > Early("demo-deteriorating", "Creatinine"));
        Assert.True(Late("demo-deteriorating", "GCS") < 6);
        Assert.True(Late("demo-recovering", "Lactate") < 1.6);
        Assert.True(Late("demo-recovering", "GCS") > 13);

        double Early(string id, string variable) => Half(id, variable).Early;
        double Late(string id, string variable) => Half(id, variable).Late;

        (double Early, double Late) Half(string id, string variable)
        {
            var values = stays[id].Values.Where(v => v.Variable == variable).Select(v => v.Value).ToArray();
            int third = Math.Max(1, values.Length / 3);
            return (values[..third].Average(), values[^third..].Average());
        }
    }

    [Fact]
    public void Charted_blood_gases_agree_with_the_bicarbonate_of_the_same_draw()
    {
        foreach (var stay in SampleStays.All())
        {
            var bicarbonate = stay.Values.Where(v => v.Variable == "HCO3").ToArray();
            foreach (var acidity in stay.Values.Where(v => v.Variable == "pH"))
            {
                double carbonDioxide = stay.Values.Single(v => v.Variable == "PaCO2" && v.Minute == acidity.Minute).Value;
                var near = bicarbonate.MinBy(v => Math.Abs(v.Minute - acidity.Minute))!;
                if (Math.Abs(near.Minute - acidity.Minute) <= 45)
                    Assert.InRange(acidity.Value - (6.1 + Math.Log10(near.Value / (0.0307 * carbonDioxide))), -0.08, 0.08);
            }
        }
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p is { Name: "reference", Value.ValueKind: JsonValueKind.String } ? [p.Value.GetString()!] : References(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    /// <summary>Mod-10 (Luhn) check digit after the hyphen.</summary>
    private static bool HasLoincCheckDigit(string code)
    {
        int hyphen = code.IndexOf('-', StringComparison.Ordinal);
        int sum = 0;
        for (int i = 0; i < hyphen; i++)
        {
            int digit = code[hyphen - 1 - i] - '0';
            if (i % 2 == 0)
                digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
            sum += digit;
        }
        return (10 - sum % 10) % 10 == code[hyphen + 1] - '0';
    }
}
