using System.Text.Json;
using MedAI.Fhir.Access;
using MedAI.Fhir.Reading;
using MedAI.Models.Timelines;
using MedAI.Testing;
using MedAI.Testing.Icu2012;
using MedAI.Training.Icu2012;

namespace MedAI.Fhir.Tests.EndToEnd;

/// <summary>Real stays give the same model input by FHIR as by the trainer's own way from the raw file.</summary>
[Trait("promise", "M-80")]
public sealed class Icu2012EquivalenceTests : IClassFixture<ChallengeStays>
{
    private readonly IReadOnlyList<(IcuStay Stay, int AsOfMinutes)> _stays;
    private readonly VariableTable _variables;
    private readonly HourlyGridEncoder _encoder;
    private readonly ClinicalDataReader _reader;

    public Icu2012EquivalenceTests(ChallengeStays stays)
    {
        Assert.SkipWhen(stays.Stays.Count == 0, ChallengeStays.Missing);
        _stays = stays.Stays;
        var manifest = ShippedManifest.Read();
        _variables = new VariableTable(manifest);
        _encoder = new HourlyGridEncoder(manifest, _variables);
        _reader = new ClinicalDataReader(_variables);
    }

    [Fact]
    public void Stay_as_a_collection_encodes_as_the_raw_file_does() => Compare(StayVariant.Plain, tolerance: 1e-6);

    [Fact]
    public void Stay_as_prefetch_encodes_as_the_raw_file_does() => Compare(StayVariant.Plain, tolerance: 1e-6, prefetch: true, every: 5);

    [Fact]
    public void Other_legal_units_and_codes_change_nothing_that_matters() => Compare(new StayVariant { UnitsAndCodes = true }, tolerance: 1e-4, every: 5);

    [Fact]
    public void Order_of_the_resources_changes_nothing() => Compare(new StayVariant { Shuffled = true, Seed = 2 }, tolerance: 1e-6, every: 5);

    [Fact]
    public void Other_units_and_codes_in_any_order_among_noise_change_nothing_that_matters() =>
        Compare(new StayVariant { UnitsAndCodes = true, Shuffled = true, Noise = true, FutureValues = true, Seed = 3 }, tolerance: 1e-4);

    [Fact, Trait("promise", "M-82")]
    public void Values_after_as_of_change_nothing() => Compare(new StayVariant { FutureValues = true, Seed = 4 }, tolerance: 0);

    [Fact, Trait("promise", "M-82")]
    public void Unusable_and_foreign_values_change_nothing() => Compare(new StayVariant { Noise = true, Seed = 5 }, tolerance: 0, every: 5);

    private void Compare(StayVariant variant, double tolerance, bool prefetch = false, int every = 1)
    {
        var different = new List<string>();
        long observed = 0;
        foreach (var (stay, minutes) in _stays.Where((_, i) => i % every == 0))
        {
            using var expected = Encode(IcuStayTimeline.AsOf(stay, _variables, minutes));
            using var actual = Encode(Read(StayToFhir.Convert(stay, minutes, variant), prefetch));
            Assert.Equal(expected.Steps, actual.Steps);
            foreach (float cell in expected.Observed)
                observed += cell > 0 ? 1 : 0;
            if (Difference(expected, actual, tolerance) is { } difference)
                different.Add(difference);
        }
        Assert.True(observed > 100 * (_stays.Count / every), "The stays are nearly empty: nothing was compared.");
        // Which cell differs may be told, what the patient had may not.
        Assert.True(different.Count == 0, $"{different.Count} of {_stays.Count / every} stays differ: {string.Join("; ", different.GroupBy(d => d).OrderByDescending(g => g.Count()).Take(12).Select(g => $"{g.Key} x{g.Count()}"))}");
    }

    private EncodedGrid Encode(PatientTimeline timeline) => _encoder.Encode(timeline, timeline.Patient.AgeAt(timeline.Stay!.Start));

    private PatientTimeline Read(FhirStay stay, bool prefetch)
    {
        var documents = new List<JsonDocument>();
        try
        {
            var named = prefetch
                ? stay.Prefetch().Select(p => new ClinicalDocument($"prefetch.{p.Key}", Parse(p.Value)))
                : [new ClinicalDocument("data", Parse(stay.Collection()))];
            var result = _reader.Read(new ReadingRequest
            {
                Documents = [.. named],
                Patient = new PatientKey("default", "https://ehr.example.org/fhir", stay.PatientId),
                EncounterId = stay.EncounterId,
                AsOf = stay.AsOf,
            });
            Assert.Empty(result.Problems);
            return result.Timeline!;
        }
        finally
        {
            documents.ForEach(d => d.Dispose());
        }

        JsonElement Parse(byte[] json)
        {
            documents.Add(JsonDocument.Parse(json));
            return documents[^1].RootElement;
        }
    }

    private string? Difference(EncodedGrid expected, EncodedGrid actual, double tolerance) =>
        Difference("values", expected.Values, actual.Values, tolerance)
        ?? Difference("observed", expected.Observed, actual.Observed, 0)
        ?? Difference("hours since", expected.HoursSince, actual.HoursSince, 0)
        ?? StaticDifference(expected.Statics, actual.Statics, tolerance);

    private string? Difference(string tensor, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (Differs(expected[i], actual[i], tolerance))
                return $"{tensor} of {_variables.Variables[i % _variables.SeriesCount].Id}";
        }
        return null;
    }

    private static string? StaticDifference(float[] expected, float[] actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (Differs(expected[i], actual[i], tolerance))
                return $"static {i}";
        }
        return null;
    }

    /// <summary>Relative for large values, absolute for small ones.</summary>
    private static bool Differs(float expected, float actual, double tolerance) => !(Math.Abs((double)expected - actual) <= tolerance * Math.Max(1, Math.Abs((double)expected)));
}
