using System.Security.Cryptography;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using MedAI.Fhir.Access;
using MedAI.Fhir.Writing.Imaging;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.Writing.Imaging;

public sealed class InterpretationWriterTests
{
    private static readonly StudyExample Example = new();

    [Theory, Trait("promise", "M-301")]
    [InlineData("DiagnosticReport", "diagnostic-report.fhir.json")]
    [InlineData("Observation", "imaging-observation.fhir.json")]
    [InlineData("Media", "media.fhir.json")]
    [InlineData("Binary", "binary.fhir.json")]
    [InlineData("Provenance", "imaging-provenance.fhir.json")]
    public void Resource_of_the_example_study_is_golden(string type, string file)
    {
        WrittenInterpretation written = new StudyExample().Write();
        Assert.Empty(written.Problems);
        Golden.AssertJson(file, written.Resources.First(r => r.Type == type).Json.Span);
    }

    [Fact, Trait("promise", "M-301")]
    public void Bundle_of_the_example_study_is_golden() => Golden.AssertJson("imaging-bundle.fhir.json", new StudyExample().Write().Bundle.Span);

    [Fact, Trait("promise", "M-302")]
    public void Bundle_is_a_collection_with_the_report_first_and_every_address_is_where_the_resource_is_served()
    {
        WrittenInterpretation written = new StudyExample().Write();
        JsonElement bundle = JsonDocument.Parse(written.Bundle).RootElement;
        Assert.Equal("collection", bundle.GetProperty("type").GetString());
        Assert.Equal(["DiagnosticReport", "Observation", "Observation", "Media", "Binary", "Provenance"],
            bundle.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource").GetProperty("resourceType").GetString()!));
        Assert.All(bundle.GetProperty("entry").EnumerateArray(), e =>
        {
            JsonElement resource = e.GetProperty("resource");
            Assert.Equal($"{StudyExample.PublicBase}/{resource.GetProperty("resourceType").GetString()}/{resource.GetProperty("id").GetString()}", e.GetProperty("fullUrl").GetString());
            Assert.False(resource.TryGetProperty("contained", out _));
        });
    }

    [Fact, Trait("promise", "M-302")]
    public void Firely_reads_everything_that_is_written_by_hand()
    {
        WrittenInterpretation written = new StudyExample().Write();
        JsonSerializerOptions options = new JsonSerializerOptions().ForFhir(ModelInfo.ModelInspector);
        foreach (WrittenResource resource in written.Resources)
        {
            // The size of an attachment, a number in R4, is what Firely's shared type cannot read; see AttachmentJson.
            string json = System.Text.RegularExpressions.Regex.Replace(System.Text.Encoding.UTF8.GetString(resource.Json.Span), "\"size\":[0-9]+,", "");
            Assert.Equal(resource.Type, JsonSerializer.Deserialize<Resource>(json, options)!.TypeName);
        }
    }

    [Fact, Trait("promise", "M-303")]
    public void Report_is_partial_under_its_own_code_and_identifier_and_names_no_performer()
    {
        JsonElement report = StudyExample.Json(new StudyExample().Write(), "DiagnosticReport");
        Assert.Equal("partial", report.GetProperty("status").GetString());
        Assert.StartsWith("https://medai.example.org/", report.GetProperty("code").GetProperty("coding")[0].GetProperty("system").GetString());
        Assert.Equal("5f2c0d", report.GetProperty("identifier")[0].GetProperty("value").GetString());
        Assert.False(report.TryGetProperty("performer", out _));
        Assert.False(report.TryGetProperty("resultsInterpreter", out _));
        Assert.Equal("2026-03-02T06:30:00Z", report.GetProperty("effectiveDateTime").GetString());
        Assert.Equal("AIAST", report.GetProperty("meta").GetProperty("security")[0].GetProperty("code").GetString());
    }

    [Fact, Trait("promise", "M-303")]
    public void Report_stored_a_second_time_is_version_2_and_its_provenance_says_so()
    {
        var example = new StudyExample();
        WrittenInterpretation written = (example with { Context = example.Context with { ReportVersion = 2 } }).Write();
        Assert.Equal("2", StudyExample.Json(written, "DiagnosticReport").GetProperty("meta").GetProperty("versionId").GetString());
        string[] targets = [.. StudyExample.Json(written, "Provenance").GetProperty("target").EnumerateArray().Select(t => t.GetProperty("reference").GetString()!)];
        Assert.Equal($"{StudyExample.PublicBase}/DiagnosticReport/report-0001/_history/2", targets[0]);
        Assert.Equal(written.Resources.Count - 1, targets.Length);
        Assert.All(targets.Skip(1), t => Assert.EndsWith("/_history/1", t));
    }

    [Fact, Trait("promise", "M-304")]
    public void Conclusion_says_what_was_read_what_came_out_and_what_was_refused_and_why()
    {
        string conclusion = StudyExample.Json(new StudyExample().Write(), "DiagnosticReport").GetProperty("conclusion").GetString()!;
        Assert.Contains("not verified by a radiologist", conclusion);
        Assert.Contains("test-chest 1.0.0 read 1 of 2 images of the study; 1 series or part was refused as a whole.", conclusion);
        Assert.Contains("Image 1 (instance 1): estimated probability of pneumonia on this radiograph 73.4 %", conclusion);
        Assert.Contains("at or above the threshold \"Balanced\" (60.0 %)", conclusion);
        Assert.Contains("Image 1 (instance 1): estimated probability of bacterial pneumonia, given pneumonia 25.0 %, below every threshold.", conclusion);
        Assert.Contains("Not read: image 2 (instance 2). The model reads images of view AP or PA", conclusion);
        Assert.Contains("Not read: series …000000000005. The images lie outside the configured archives", conclusion);
        Assert.Contains("A low probability does not rule out disease", conclusion);
    }

    [Theory, Trait("promise", "M-304")]
    [InlineData(0)]
    [InlineData(0.0004)]
    [InlineData(0.1)]
    public void Low_probability_is_never_worded_as_an_all_clear(double probability)
    {
        WrittenInterpretation written = new StudyExample { Probability = probability }.Write();
        Assert.Empty(written.Problems);
        foreach (string text in (string[])
            [
                StudyExample.Json(written, "DiagnosticReport").GetProperty("conclusion").GetString()!,
                StudyExample.Json(written, "DiagnosticReport").GetProperty("text").GetRawText(),
                StudyExample.Json(written, "Observation").GetRawText(),
            ])
        {
            Assert.DoesNotMatch("(?i)\\bnormal\\b", text);
            Assert.DoesNotMatch("(?i)no pneumonia", text);
        }
        Assert.Contains("does not rule out disease", StudyExample.Json(written, "DiagnosticReport").GetProperty("conclusion").GetString());
    }

    [Fact, Trait("promise", "M-304")]
    public void Package_whose_words_read_as_an_all_clear_gives_a_problem_and_no_report()
    {
        var example = new StudyExample();
        WrittenInterpretation written = (example with { Manifest = example.Manifest with { Outcome = example.Manifest.Outcome with { Text = "a normal film" } } }).Write();
        Assert.Contains(written.Problems, p => p.Contains("all-clear", StringComparison.Ordinal));
        Assert.Empty(written.Resources);
        Assert.True(written.Bundle.IsEmpty);
    }

    [Fact, Trait("promise", "M-305")]
    public void Observation_says_that_a_probability_was_estimated_and_names_the_disorder_in_a_component()
    {
        JsonElement observation = StudyExample.Json(new StudyExample().Write(), "Observation");
        Assert.Equal("preliminary", observation.GetProperty("status").GetString());
        JsonElement code = Assert.Single(observation.GetProperty("code").GetProperty("coding").EnumerateArray());
        Assert.StartsWith("https://medai.example.org/", code.GetProperty("system").GetString());
        Assert.Equal("test-chest", code.GetProperty("code").GetString());
        Assert.StartsWith("AI-estimated probability of ", code.GetProperty("display").GetString());
        Assert.Equal("233604007", observation.GetProperty("component")[0].GetProperty("valueCodeableConcept").GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.Equal(73.4375m, observation.GetProperty("valueQuantity").GetProperty("value").GetDecimal());
        Assert.Equal("%", observation.GetProperty("valueQuantity").GetProperty("code").GetString());
        Assert.Equal("high", observation.GetProperty("interpretation")[0].GetProperty("coding")[0].GetProperty("code").GetString());
        Assert.StartsWith($"{StudyExample.PublicBase}/Device/", observation.GetProperty("device").GetProperty("reference").GetString());
        Assert.Equal(["ImagingStudy/demo-film", "Media/part-0001"], observation.GetProperty("derivedFrom").EnumerateArray().Select(d => d.GetProperty("reference").GetString()!));
    }

    [Fact, Trait("promise", "M-305")]
    public void Confidence_is_told_once_and_only_where_the_model_gives_an_interval()
    {
        WrittenInterpretation written = new StudyExample().Write();
        JsonElement[] observations = [.. written.Resources.Where(r => r.Type == "Observation").Select(r => JsonDocument.Parse(r.Json).RootElement)];
        JsonElement range = Assert.Single(observations[0].GetProperty("extension").EnumerateArray());
        Assert.EndsWith("/AIconfidence", range.GetProperty("url").GetString());
        Assert.Equal(58.75m, range.GetProperty("valueRange").GetProperty("low").GetProperty("value").GetDecimal());
        Assert.False(observations[1].TryGetProperty("extension", out _));
        Assert.Equal("test-chest.bacterial", observations[1].GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString());
    }

    [Fact, Trait("promise", "M-305")]
    public void Remarks_about_the_image_are_noted_in_words()
    {
        string notes = StudyExample.Json(new StudyExample().Write(), "Observation").GetProperty("note").GetRawText();
        Assert.Contains("does not say from which side it was taken", notes);
        Assert.Contains("compressed with loss", notes);
    }

    [Fact, Trait("promise", "M-306")]
    public void Media_leads_to_a_Binary_of_the_patient_with_the_PNG()
    {
        WrittenInterpretation written = new StudyExample().Write();
        JsonElement media = StudyExample.Json(written, "Media"), binary = StudyExample.Json(written, "Binary");
        JsonElement content = media.GetProperty("content");
        byte[] png = binary.GetProperty("data").GetBytesFromBase64();
        Assert.Equal($"{StudyExample.PublicBase}/Binary/{binary.GetProperty("id").GetString()}", content.GetProperty("url").GetString());
        Assert.Equal("image/png", content.GetProperty("contentType").GetString());
        Assert.Equal(png.Length, content.GetProperty("size").GetInt32());
#pragma warning disable CA5350
        Assert.Equal(SHA1.HashData(png), content.GetProperty("hash").GetBytesFromBase64());
#pragma warning restore CA5350
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        Assert.Equal("Patient/demo-child-film", binary.GetProperty("securityContext").GetProperty("reference").GetString());
        Assert.Equal((24, 20), (media.GetProperty("height").GetInt32(), media.GetProperty("width").GetInt32()));
        Assert.Equal($"urn:oid:{StudyExample.SopUid}", media.GetProperty("identifier")[0].GetProperty("value").GetString());
    }

    [Fact, Trait("promise", "M-307")]
    public void Provenance_names_model_card_study_and_the_hash_of_every_frame()
    {
        JsonElement provenance = StudyExample.Json(new StudyExample().Write(), "Provenance");
        JsonElement[] entities = [.. provenance.GetProperty("entity").EnumerateArray()];
        Assert.Equal(["derivation", "source", "source"], entities.Select(e => e.GetProperty("role").GetString()!));
        Assert.Contains("/DocumentReference/", entities[0].GetProperty("what").GetProperty("reference").GetString());
        Assert.Equal("ImagingStudy/demo-film", entities[1].GetProperty("what").GetProperty("reference").GetString());
        Assert.Equal(TestManifest.EmptyHash, entities[2].GetProperty("what").GetProperty("extension")[0].GetProperty("valueString").GetString());
        Assert.Equal($"urn:oid:{StudyExample.SopUid}", entities[2].GetProperty("what").GetProperty("identifier").GetProperty("value").GetString());
        Assert.Equal("AIAST", provenance.GetProperty("reason")[0].GetProperty("coding")[0].GetProperty("code").GetString());
    }

    [Fact, Trait("promise", "M-308")]
    public void Foreign_patient_and_study_are_absolute()
    {
        var example = new StudyExample();
        WrittenInterpretation written = (example with
        {
            Context = example.Context with
            {
                Patient = new PatientKey("default", "https://ehr.example/r4", "p"),
                SubjectReference = "Patient/p",
                StudyReference = "https://ehr.example/r4/ImagingStudy/s",
                EncounterReference = null,
            },
        }).Write();
        JsonElement report = StudyExample.Json(written, "DiagnosticReport");
        Assert.Equal("https://ehr.example/r4/Patient/p", report.GetProperty("subject").GetProperty("reference").GetString());
        Assert.Equal("https://ehr.example/r4/ImagingStudy/s", report.GetProperty("imagingStudy")[0].GetProperty("reference").GetString());
    }

    [Theory, Trait("promise", "M-308")]
    [InlineData(null)]
    [InlineData("urn:medai:request-body/ImagingStudy")]
    public void Patient_and_study_without_an_address_are_referred_to_by_identifier(string? study)
    {
        var example = new StudyExample();
        WrittenInterpretation written = (example with
        {
            Context = example.Context with { SubjectReference = "urn:medai:request-body/Patient/p", StudyReference = study, EncounterReference = null },
        }).Write();
        JsonElement report = StudyExample.Json(written, "DiagnosticReport");
        Assert.False(report.GetProperty("subject").TryGetProperty("reference", out _));
        Assert.Equal("urn:medai:request-body/Patient/p", report.GetProperty("subject").GetProperty("identifier").GetProperty("value").GetString());
        JsonElement reference = report.GetProperty("imagingStudy")[0];
        Assert.False(reference.TryGetProperty("reference", out _));
        Assert.Equal("urn:dicom:uid", reference.GetProperty("identifier").GetProperty("system").GetString());
        Assert.Equal($"urn:oid:{StudyExample.StudyUid}", reference.GetProperty("identifier").GetProperty("value").GetString());
    }

    [Fact, Trait("promise", "M-309")]
    public void Risk_that_a_manifest_declares_becomes_a_RiskAssessment_on_the_same_study()
    {
        var example = new StudyExample();
        WrittenInterpretation written = (example with
        {
            Manifest = example.Manifest with { Outcome = example.Manifest.Outcome with { Horizon = "P1Y" }, Findings = [] },
        }).Write();
        JsonElement risk = StudyExample.Json(written, "RiskAssessment");
        Assert.Equal(73.4375m, risk.GetProperty("prediction")[0].GetProperty("probabilityDecimal").GetDecimal());
        Assert.Equal("2027-03-02T06:30:00Z", risk.GetProperty("prediction")[0].GetProperty("whenPeriod").GetProperty("end").GetString());
        Assert.Equal(["ImagingStudy/demo-film", "Media/part-0001/_history/1", "Observation/part-0003/_history/1"], risk.GetProperty("basis").EnumerateArray().Select(b => b.GetProperty("reference").GetString()!));
        Assert.Contains("not verified", risk.GetProperty("note").GetRawText());
    }

    [Fact, Trait("promise", "M-309")]
    public void Finding_of_today_is_no_risk() => Assert.DoesNotContain(new StudyExample().Write().Resources, r => r.Type == "RiskAssessment");

    [Fact, Trait("promise", "M-310")]
    public void Report_that_has_begun_is_registered_and_knows_nothing()
    {
        var example = new StudyExample();
        ReadOnlyMemory<byte> json = InterpretationWriter.WriteRegistered(example.Manifest, example.Model, StudyExample.StudyUid, example.Context);
        Golden.AssertJson("diagnostic-report-registered.fhir.json", json.Span);
        JsonElement report = JsonDocument.Parse(json).RootElement;
        Assert.Equal("registered", report.GetProperty("status").GetString());
        Assert.False(report.TryGetProperty("conclusion", out _));
        Assert.False(report.TryGetProperty("result", out _));
        Assert.False(report.TryGetProperty("media", out _));
    }

    [Fact, Trait("promise", "M-310")]
    public void Report_on_a_study_of_which_nothing_was_read_is_cancelled_and_lists_why()
    {
        StudyExample example = new() { Images = [StudyExample.Refused(), StudyExample.NotHad()] };
        ReadOnlyMemory<byte> json = InterpretationWriter.WriteCancelled(example.Interpretation(), example.Context);
        Golden.AssertJson("diagnostic-report-cancelled.fhir.json", json.Span);
        JsonElement report = JsonDocument.Parse(json).RootElement;
        Assert.Equal("cancelled", report.GetProperty("status").GetString());
        string conclusion = report.GetProperty("conclusion").GetString()!;
        Assert.Contains("read 0 of 1 image of the study", conclusion);
        Assert.Contains("The model reads images of view AP or PA", conclusion);
        Assert.Contains("outside the configured archives", conclusion);
    }

    [Fact, Trait("promise", "M-310")]
    public void Report_without_a_reading_claims_no_result_in_its_words()
    {
        StudyExample example = new() { Images = [StudyExample.NotHad()] };
        foreach (ReadOnlyMemory<byte> json in (ReadOnlyMemory<byte>[])
            [
                InterpretationWriter.WriteCancelled(example.Interpretation(), example.Context),
                InterpretationWriter.WriteRegistered(example.Manifest, example.Model, StudyExample.StudyUid, example.Context),
            ])
        {
            JsonElement report = JsonDocument.Parse(json).RootElement;
            Assert.DoesNotContain("AI result", report.GetProperty("text").GetRawText());
            string page = System.Text.Encoding.UTF8.GetString(report.GetProperty("presentedForm")[0].GetProperty("data").GetBytesFromBase64());
            Assert.DoesNotContain("AI result", page);
            Assert.DoesNotContain("<img", page);
        }
    }

    [Theory, Trait("promise", "M-316")]
    [InlineData(null)]
    [InlineData("a normal film")]
    public void Warm_up_finds_a_package_whose_report_would_be_refused(string? text)
    {
        ModelManifest manifest = Example.Manifest;
        if (text is not null)
            manifest = manifest with { Outcome = manifest.Outcome with { Text = text } };
        IReadOnlyList<string> problems = ImagingWritingWarmUp.Run(manifest, Example.Model);
        Assert.Equal(text is null, problems.Count == 0);
    }

    [Fact, Trait("promise", "M-316")]
    public void Shipped_imaging_models_can_be_written()
    {
        string[] files = [.. Directory.EnumerateFiles(RepositoryRoot.Combine("models"), "manifest.json", SearchOption.AllDirectories)];
        ModelManifest[] imaging = [.. files.Select(f => ManifestReader.Read(File.ReadAllBytes(f)).Manifest!).Where(m => m.Kind == ModelKind.Imaging)];
        Assert.NotEmpty(imaging);
        Assert.All(imaging, m => Assert.Empty(ImagingWritingWarmUp.Run(m, new ModelIdentity(m.Id, m.Version, TestManifest.EmptyHash))));
    }

    [Theory, Trait("promise", "M-302")]
    [InlineData("DiagnosticReport", "\"partial\"", "\"final\"", "status")]
    [InlineData("DiagnosticReport", "AIAST", "NONE", "AIAST")]
    [InlineData("DiagnosticReport", "Media/part-0001", "Media/part-0099", "reference")]
    [InlineData("DiagnosticReport", "does not rule out disease", "means no pneumonia", "all-clear")]
    [InlineData("DiagnosticReport", "\"issued\"", "\"contained\":[],\"issued\"", "dom-5")]
    [InlineData("DiagnosticReport", "\"issued\"", "\"performer\":[{\"reference\":\"http://x/Device/1\"}],\"issued\"", "performer")]
    [InlineData("Observation", "73.4375", "734.375", "0..100")]
    [InlineData("Observation", "\"preliminary\"", "\"final\"", "status")]
    [InlineData("Observation", "Patient/demo-child-film", "Patient/somebody-else", "reference")]
    [InlineData("Media", "/Binary/part-0002", "/Binary/part-0009", "content.url")]
    [InlineData("Binary", "\"securityContext\"", "\"other\"", "securityContext")]
    [InlineData("Binary", "iVBORw0KGgo", "R0lGODlhAQAB", "PNG")]
    [InlineData("Provenance", "Observation/part-0003/", "Observation/part-0093/", "reference")]
    public void Broken_report_is_noticed_before_it_leaves(string type, string good, string bad, string problem)
    {
        List<WrittenResource> resources = [.. new StudyExample().Write().Resources];
        Assert.Empty(InterpretationRules.Check(resources, Example.Context));
        int index = resources.FindIndex(r => r.Type == type);
        string json = System.Text.Encoding.UTF8.GetString(resources[index].Json.Span);
        Assert.Contains(good, json);
        resources[index] = resources[index] with { Json = System.Text.Encoding.UTF8.GetBytes(json.Replace(good, bad, StringComparison.Ordinal)) };
        Assert.Contains(InterpretationRules.Check(resources, Example.Context), p => p.StartsWith(type, StringComparison.Ordinal) && p.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Writing_a_report_for_the_wrong_kind_of_interpretation_is_a_bug_of_the_caller()
    {
        Assert.Throws<ArgumentException>(() => InterpretationWriter.WriteCancelled(Example.Interpretation(), Example.Context));
        Assert.Throws<ArgumentException>(() => new StudyExample { Images = [StudyExample.Refused()] }.Write());
    }
}
