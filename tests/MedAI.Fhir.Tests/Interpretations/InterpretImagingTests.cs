using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.DicomWeb;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.Interpretations;

/// <summary><c>$interpret-imaging</c> over HTTP, with a PACS on real Kestrel and a model whose answers are known on paper.</summary>
public sealed class InterpretImagingTests
{
    [Fact, Trait("promise", "M-350")]
    public async Task Study_becomes_a_bundle_with_the_partial_report_first()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        var study = Images.Study(FakePacs.Sop);
        study["subject"]!["reference"] = "https://ehr.example.org/fhir/Patient/p1";
        var answer = await hospital.InterpretAsync(ImagingHospital.Parameters(study));

        Assert.Equal("collection", answer.AssertOk().Json.GetProperty("type").GetString());
        var report = ImagingHospital.Report(answer);
        Assert.Equal("DiagnosticReport", report.GetProperty("resourceType").GetString());
        Assert.Equal("partial", report.GetProperty("status").GetString());
        Assert.Equal("https://ehr.example.org/fhir/Patient/p1", report.GetProperty("subject").GetProperty("reference").GetString());
        Assert.Equal("https://ehr.example.org/fhir/ImagingStudy/s1", report.GetProperty("imagingStudy")[0].GetProperty("reference").GetString());
        Assert.DoesNotContain("normal", report.GetProperty("conclusion").GetString()!, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ImagingHospital.Percent(153), ImagingHospital.Percentages(answer)[0], 0.01);
        string[] types = [.. answer.Json.GetProperty("entry").EnumerateArray().Select(e => e.GetProperty("resource").GetProperty("resourceType").GetString()!)];
        Assert.Equal(["Binary", "DiagnosticReport", "Media", "Observation", "Provenance"], types.Distinct().Order(StringComparer.Ordinal));

        // Everything can be read back, as it was answered.
        foreach (var entry in answer.Json.GetProperty("entry").EnumerateArray())
        {
            string url = entry.GetProperty("fullUrl").GetString()!;
            Assert.StartsWith(hospital.Server.FhirBase + "/", url, StringComparison.Ordinal);
            var read = (await hospital.Server.GetAsync(url[hospital.Server.Origin.Length..], "application/fhir+json")).AssertOk();
            Assert.Equal(entry.GetProperty("resource").GetRawText(), read.Text);
        }
        var audit = Assert.Single(await hospital.Server.AuditAsync(answer));
        Assert.Equal(("prediction", "operation:interpret-imaging", 200, report.GetProperty("id").GetString()), (audit.Outcome, audit.Trigger, audit.Status, audit.ResultId));
    }

    [Fact, Trait("promise", "M-351")]
    public async Task Report_is_a_page_for_people_and_its_picture_a_png()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        var answer = await hospital.InterpretAsync();
        var report = ImagingHospital.Report(answer);
        var form = report.GetProperty("presentedForm")[0];
        var page = (await hospital.Server.GetAsync($"/fhir/DiagnosticReport/{report.GetProperty("id").GetString()}", "text/html")).AssertOk();
        Assert.StartsWith("text/html", page.ContentType, StringComparison.Ordinal);
        Assert.Equal(System.Text.Encoding.UTF8.GetString(form.GetProperty("data").GetBytesFromBase64()), page.Text);
        Assert.DoesNotContain("<script", page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http://", page.Text.Replace("http://www.w3.org/", "", StringComparison.Ordinal).Replace(hospital.Server.Origin, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("img-src data:", page.Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        string url = ImagingHospital.Entries(answer, "Media")[0].GetProperty("content").GetProperty("url").GetString()!;
        string id = url[(url.LastIndexOf('/') + 1)..];
        using var picture = await hospital.Server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/fhir/Binary/" + id) { Headers = { { "Accept", "image/*" } } }, TestContext.Current.CancellationToken);
        Assert.Equal("image/png", picture.Content.Headers.ContentType!.MediaType);
        byte[] png = await picture.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], png[..4]);
        Assert.Equal(png, ImagingHospital.Entries(answer, "Binary").Single(b => b.GetProperty("id").GetString() == id).GetProperty("data").GetBytesFromBase64());
    }

    [Fact, Trait("promise", "M-352")]
    public async Task Same_pixels_are_run_once_and_told_anew_for_another_patient()
    {
        CountingCatalog? catalog = null;
        await using var hospital = await ImagingHospital.OpenAsync(configure: builder => builder.Services.AddSingleton<IModelCatalog>(p => catalog = new CountingCatalog(p.GetRequiredService<ModelCatalog>())));
        var first = await hospital.InterpretAsync();
        Assert.Equal(1, catalog!.Runs);
        var again = await hospital.InterpretAsync();
        Assert.Equal(first.Text, again.AssertOk().Text);
        Assert.Equal(2, hospital.FramesFetched);

        var patient = Images.Patient();
        patient["id"] = "p2";
        var study = Images.Study(FakePacs.Sop);
        study["id"] = "s2";
        study["subject"]!["reference"] = "https://other.example.org/fhir/Patient/p2";
        var other = ImagingHospital.Report(await hospital.InterpretAsync(ImagingHospital.Parameters(study, patient)));
        Assert.Equal("https://other.example.org/fhir/Patient/p2", other.GetProperty("subject").GetProperty("reference").GetString());
        Assert.DoesNotContain("ehr.example.org", other.GetRawText(), StringComparison.Ordinal);
        Assert.NotEqual(ImagingHospital.Report(first).GetProperty("id").GetString(), other.GetProperty("id").GetString());
        Assert.Equal(1, catalog.Runs);

        // Another picture under the same UID is another picture.
        hospital.Grey[FakePacs.Sop] = 60;
        Assert.Equal(ImagingHospital.Percent(60), ImagingHospital.Percentages(await hospital.InterpretAsync())[0], 0.01);
        Assert.Equal(2, catalog.Runs);
    }

    [Fact, Trait("promise", "M-352")]
    public async Task Two_who_ask_at_once_share_one_run()
    {
        CountingCatalog? catalog = null;
        await using var hospital = await ImagingHospital.OpenAsync(configure: builder => builder.Services.AddSingleton<IModelCatalog>(p => catalog = new CountingCatalog(p.GetRequiredService<ModelCatalog>())));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => hospital.InterpretAsync()));
        Assert.Single(answers.Select(a => a.AssertOk().Text).Distinct());
        Assert.Equal(1, catalog!.Runs);
    }

    [Fact, Trait("promise", "M-353")]
    public async Task Study_of_several_images_reads_what_it_may_and_lists_the_rest()
    {
        JsonObject[] images =
        [
            ImagingHospital.Image("1.2.3.301"), ImagingHospital.Image("1.2.3.302").Set("00185101", "CS", "LL"), ImagingHospital.Image("1.2.3.303").Set("00180015", "CS", "HAND"),
            ImagingHospital.Image("1.2.3.304").Set("00100020", "LO", "SOMEBODY-ELSE"), ImagingHospital.Image("1.2.3.305"),
        ];
        await using var hospital = await ImagingHospital.OpenAsync(images);
        (hospital.Grey["1.2.3.301"], hospital.Grey["1.2.3.305"]) = (40, 200);
        var answer = await hospital.InterpretAsync(ImagingHospital.Parameters(Images.Study([.. images.Select((_, i) => $"1.2.3.30{i + 1}")])));
        double[] main = [.. ImagingHospital.Percentages(answer).Where((_, i) => i % 2 == 0)];
        Assert.Equal(ImagingHospital.Percent(40), main[0], 0.01);
        Assert.Equal(ImagingHospital.Percent(200), main[1], 0.01);
        Assert.Equal(2, main.Length);
        Assert.Equal(2, ImagingHospital.Entries(answer, "Media").Length);
        string conclusion = ImagingHospital.Report(answer).GetProperty("conclusion").GetString()!;
        Assert.Contains("2 of 5", conclusion, StringComparison.Ordinal);
        Assert.Contains("view AP or PA", conclusion, StringComparison.Ordinal);
        Assert.Contains("body part CHEST or THORAX", conclusion, StringComparison.Ordinal);
        Assert.DoesNotContain("SOMEBODY-ELSE", answer.Text, StringComparison.Ordinal);
        Assert.Equal(2, hospital.FramesFetched);
    }

    [Theory, Trait("promise", "S-42")]
    [InlineData("00180015", "CS", "HAND", "wrong-body-part")]
    [InlineData("00185101", "CS", "LATERAL", "wrong-view")]
    [InlineData("00080060", "CS", "CT", "wrong-modality")]
    public async Task Image_that_the_model_was_not_made_for_is_422_with_its_reason(string tag, string vr, string value, string code)
    {
        await using var hospital = await ImagingHospital.OpenAsync([ImagingHospital.Image().Set(tag, vr, value)]);
        var answer = await hospital.InterpretAsync();
        answer.AssertFailure(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal($"ImagingStudy.series.instance.where(uid='{FakePacs.Sop}')", answer.Json.GetProperty("issue")[0].GetProperty("expression")[0].GetString());
        Assert.Equal(0, hospital.FramesFetched);
        var audit = Assert.Single(await hospital.Server.AuditAsync(answer));
        Assert.Equal(("abstention", code, 422), (audit.Outcome, audit.Reasons, audit.Status));
        Assert.Empty(await ReportsAsync(hospital));
    }

    [Theory, Trait("promise", "S-42")]
    [InlineData("1970-01-01", "age-outside-population")]
    [InlineData(null, "age-unknown")]
    public async Task Age_outside_the_population_or_unknown_is_refused(string? birthDate, string code)
    {
        await using var hospital = await ImagingHospital.OpenAsync([ImagingHospital.Image().Without("00101010").Without("00100030")]);
        var patient = Images.Patient();
        patient.Remove("birthDate");
        if (birthDate is not null)
            patient["birthDate"] = birthDate;
        (await hospital.InterpretAsync(ImagingHospital.Parameters(patient: patient))).AssertFailure(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(0, hospital.FramesFetched);
    }

    [Fact, Trait("promise", "S-50")]
    public async Task Image_of_somebody_else_is_422_and_audited_without_a_report()
    {
        await using var hospital = await ImagingHospital.OpenAsync([ImagingHospital.Image().Set("00100020", "LO", "MRN-8")]);
        var answer = await hospital.InterpretAsync();
        answer.AssertFailure(HttpStatusCode.UnprocessableEntity, "foreign-image");
        Assert.Contains("patient-mismatch", answer.Codes);
        Assert.DoesNotContain("MRN-8", answer.Text, StringComparison.Ordinal);
        Assert.Equal("error", Assert.Single(await hospital.Server.AuditAsync(answer)).Outcome);
        Assert.Empty(await ReportsAsync(hospital));
    }

    [Fact, Trait("promise", "S-24")]
    public async Task Endpoint_elsewhere_is_not_contacted()
    {
        await using var trap = await FakePacs.StartAsync();
        await using var hospital = await ImagingHospital.OpenAsync();
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e1" });
        foreach (string address in (string[])[trap.Base, "http://169.254.169.254/latest", "file:///etc/passwd", "gopher://127.0.0.1/", @"\\host\share", "https://pacs.example.org/dicom-web"])
            (await hospital.InterpretAsync(ImagingHospital.Parameters(study.DeepClone().AsObject(), null, Images.Endpoint(address)))).AssertFailure(HttpStatusCode.UnprocessableEntity, "image-source-untrusted");
        Assert.Empty(trap.Upstream.Requests);
        Assert.Equal(0, hospital.FramesFetched);
    }

    [Fact, Trait("promise", "M-354")]
    public async Task What_the_operation_needs_is_asked_for_by_name()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        (await hospital.InterpretAsync(new JsonObject { ["resourceType"] = "Parameters" })).AssertFailure(HttpStatusCode.BadRequest, "missing-parameter");
        var withoutPatient = new JsonObject
        {
            ["resourceType"] = "Parameters",
            ["parameter"] = new JsonArray(new JsonObject { ["name"] = "imagingStudy", ["resource"] = Images.Study(FakePacs.Sop) }),
        };
        (await hospital.InterpretAsync(withoutPatient)).AssertFailure(HttpStatusCode.UnprocessableEntity, "patient-missing");
        var unknown = ImagingHospital.Parameters();
        unknown["parameter"]!.AsArray().Add(new JsonObject { ["name"] = "colour", ["valueString"] = "green" });
        (await hospital.InterpretAsync(unknown)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
        (await hospital.Server.GetAsync("/fhir/ImagingStudy/$interpret-imaging")).AssertFailure(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        (await hospital.Server.PostTextAsync("/fhir/ImagingStudy/none/$interpret-imaging", "")).AssertFailure(HttpStatusCode.NotFound, "not-found");
        var foreign = Images.Study(FakePacs.Sop);
        foreign["subject"]!["reference"] = "Patient/p9";
        (await hospital.InterpretAsync(ImagingHospital.Parameters(foreign))).AssertFailure(HttpStatusCode.UnprocessableEntity, "foreign-subject");
        Assert.Equal(0, hospital.FramesFetched);

        var definition = (await hospital.Server.GetAsync("/fhir/OperationDefinition/interpret-imaging")).AssertOk().Json;
        Assert.True(definition.GetProperty("affectsState").GetBoolean());
        Assert.Contains("\"interpret-imaging\"", (await hospital.Server.GetAsync("/fhir/metadata")).AssertOk().Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-354")]
    public async Task Bundle_with_full_urls_serves_as_well_as_parameters()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        var bundle = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "collection",
            ["entry"] = new JsonArray(
                new JsonObject { ["fullUrl"] = "https://ehr.example.org/fhir/Patient/p1", ["resource"] = Images.Patient() },
                new JsonObject { ["fullUrl"] = "https://ehr.example.org/fhir/ImagingStudy/s1", ["resource"] = Images.Study(FakePacs.Sop) }),
        };
        var report = ImagingHospital.Report(await hospital.InterpretAsync(bundle));
        Assert.Equal("https://ehr.example.org/fhir/Patient/p1", report.GetProperty("subject").GetProperty("reference").GetString());

        // Without a server nobody could follow a reference: the DICOM identifier stands for the study.
        report = ImagingHospital.Report(await hospital.InterpretAsync());
        Assert.Equal("urn:oid:" + FakePacs.Study, report.GetProperty("imagingStudy")[0].GetProperty("identifier").GetProperty("value").GetString());
        Assert.False(report.GetProperty("imagingStudy")[0].TryGetProperty("reference", out _));
    }

    [Fact, Trait("promise", "M-355")]
    public async Task Faults_of_a_pacs_are_told_in_time_and_the_next_study_works()
    {
        await using var hospital = await ImagingHospital.OpenAsync(more: ["--Imaging:DeadlineMilliseconds", "3000", "--Outbound:BreakAfterFailures", "100", "--Outbound:SlowGraceMilliseconds", "500"]);
        var good = hospital.Pacs.OnFrame;
        (string Code, HttpStatusCode Status, Func<Microsoft.AspNetCore.Http.HttpContext, Task> Fault)[] faults =
        [
            ("image-source-failed", HttpStatusCode.BadGateway, context => { context.Response.StatusCode = 503; return Task.CompletedTask; }),
            ("image-source-untrusted", HttpStatusCode.UnprocessableEntity, context => { context.Response.Redirect("http://127.0.0.1:9/elsewhere"); return Task.CompletedTask; }),
            ("image-unreadable", HttpStatusCode.UnprocessableEntity, context => FakePacs.WriteMultipartAsync(context, new byte[7])),
            ("image-source-late", HttpStatusCode.GatewayTimeout, async context =>
            {
                context.Response.ContentType = "application/octet-stream";
                for (int i = 0; i < 600; i++)
                {
                    await context.Response.Body.WriteAsync(new byte[1], context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(100, context.RequestAborted);
                }
            }),
            ("image-source-failed", HttpStatusCode.BadGateway, context => { context.Abort(); return Task.CompletedTask; }),
        ];
        foreach (var (code, status, fault) in faults)
        {
            hospital.Pacs.OnFrame = fault;
            long started = TimeProvider.System.GetTimestamp();
            (await hospital.InterpretAsync()).AssertFailure(status, code);
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
            hospital.Pacs.OnFrame = good;
            (await hospital.InterpretAsync()).AssertOk();
        }
        var huge = FakePacs.Image().Set("00280010", "US", 65535).Set("00280011", "US", 65535).Set("00280100", "US", 16);
        hospital.Pacs.OnMetadata = context => FakePacs.WriteJsonAsync(context, new JsonArray(huge).ToJsonString());
        (await hospital.InterpretAsync()).AssertFailure(HttpStatusCode.UnprocessableEntity, "image-too-large");
        hospital.Pacs.OnMetadata = null;
        (await hospital.InterpretAsync()).AssertOk();
    }

    [Theory, Trait("promise", "M-356")]
    [InlineData(InferenceErrorKind.QueueFull, HttpStatusCode.ServiceUnavailable, "queue-full")]
    [InlineData(InferenceErrorKind.DeadlinePassed, HttpStatusCode.GatewayTimeout, "deadline-passed")]
    [InlineData(InferenceErrorKind.RuntimeFailure, HttpStatusCode.InternalServerError, "internal")]
    public async Task Fault_of_ours_is_no_report_and_nothing_is_kept_of_it(InferenceErrorKind fault, HttpStatusCode status, string code)
    {
        CountingCatalog? catalog = null;
        await using var hospital = await ImagingHospital.OpenAsync(configure: builder => builder.Services.AddSingleton<IModelCatalog>(p => catalog = new CountingCatalog(p.GetRequiredService<ModelCatalog>())));
        catalog!.Answer = () => new RunResult(null, fault);
        (await hospital.InterpretAsync()).AssertFailure(status, code);
        Assert.Empty(await ReportsAsync(hospital));
        catalog.Answer = null;
        Assert.Equal(ImagingHospital.Percent(153), ImagingHospital.Percentages(await hospital.InterpretAsync())[0], 0.01);
    }

    private static async Task<JsonElement[]> ReportsAsync(ImagingHospital hospital)
    {
        var bundle = (await hospital.Server.GetAsync("/fhir/DiagnosticReport")).AssertOk().Json;
        return bundle.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray()] : [];
    }
}
