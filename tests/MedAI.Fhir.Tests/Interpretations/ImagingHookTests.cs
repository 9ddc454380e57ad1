using System.Net;
using MedAI.Fhir.Tests.DicomWeb;

namespace MedAI.Fhir.Tests.Interpretations;

/// <summary>The imaging service over CDS Hooks: it answers with what is there, reads in the background, and loses nothing.</summary>
public sealed class ImagingHookTests
{
    private const string StudyView = "org.medai.imaging-study-view";

    [Fact, Trait("promise", "M-360")]
    public async Task First_call_begins_the_reading_and_the_next_one_has_it()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        var release = new TaskCompletionSource();
        var frames = hospital.Pacs.OnFrame!;
        hospital.Pacs.OnFrame = async context => { await release.Task; await frames(context); };

        var first = (await hospital.HookAsync()).AssertOk();
        Assert.Equal("info", first.Card.GetProperty("indicator").GetString());
        Assert.Contains("reading in progress", first.Card.GetProperty("summary").GetString()!, StringComparison.Ordinal);
        string link = first.Card.GetProperty("links")[0].GetProperty("url").GetString()!;
        var registered = (await hospital.Server.GetAsync(link[hospital.Server.Origin.Length..])).AssertOk().Json;
        Assert.Equal("registered", registered.GetProperty("status").GetString());
        Assert.Contains("progress", (await hospital.Server.GetAsync(link[hospital.Server.Origin.Length..], "text/html")).AssertOk().Text, StringComparison.OrdinalIgnoreCase);
        // The same card again, not a second one.
        Assert.Equal(first.Card.GetProperty("uuid").GetString(), (await hospital.HookAsync()).AssertOk().Card.GetProperty("uuid").GetString());

        release.SetResult();
        var last = await hospital.HookWhenReadAsync();
        Assert.Equal("warning", last.Card.GetProperty("indicator").GetString());
        Assert.Contains("Balanced", last.Card.GetProperty("summary").GetString()!, StringComparison.Ordinal);
        Assert.Matches(@"and above lie \d+ % of images; of those, \d+ % had it, and it finds \d+ % of all that do", last.Card.GetProperty("detail").GetString()!);
        Assert.Equal(link, last.Card.GetProperty("links")[0].GetProperty("url").GetString());
        Assert.Equal("partial", (await hospital.Server.GetAsync(link[hospital.Server.Origin.Length..])).AssertOk().Json.GetProperty("status").GetString());
        Assert.Equal(1, hospital.FramesFetched);
        Assert.Equal("reported", Assert.Single(await hospital.Server.AuditAsync(last)).Outcome);
    }

    [Fact, Trait("promise", "M-361")]
    public async Task Nothing_that_was_begun_is_lost_by_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("medai-test-").FullName;
        try
        {
            await using var hospital = await ImagingHospital.OpenAsync(dataFolder: folder);
            var frames = hospital.Pacs.OnFrame!;
            hospital.Pacs.OnFrame = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
            Assert.Contains("in progress", (await hospital.HookAsync()).AssertOk().Text, StringComparison.Ordinal);
            await hospital.Server.DisposeAsync();
            hospital.Pacs.OnFrame = frames;
            await hospital.StartAsync();
            // Nobody asks: it is read all the same, and the search finds it.
            for (int attempt = 0; attempt < 400; attempt++)
            {
                var found = (await hospital.Server.GetAsync("/fhir/DiagnosticReport?status=partial")).AssertOk().Json;
                if (found.GetProperty("total").GetInt32() == 1)
                    return;
                await Task.Delay(25, TestContext.Current.CancellationToken);
            }
            Assert.Fail("The reading was lost.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact, Trait("promise", "M-362")]
    public async Task Hook_never_waits_for_a_pacs()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        hospital.Pacs.OnMetadata = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        long started = TimeProvider.System.GetTimestamp();
        Assert.Contains("in progress", (await hospital.HookAsync()).AssertOk().Text, StringComparison.Ordinal);
        // Far below any budget of a hook, on any machine; a PACS that never answers would take the background's two minutes.
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
    }

    [Fact, Trait("promise", "M-363")]
    public async Task Study_that_the_operation_read_is_answered_at_once()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        hospital.Grey[FakePacs.Sop] = 10;
        var patient = Images.Patient();
        var study = Images.Study(FakePacs.Sop);
        study["subject"]!["reference"] = "https://ehr.example.org/fhir/Patient/p1";
        (await hospital.InterpretAsync(ImagingHospital.Parameters(study, patient))).AssertOk();
        var card = (await hospital.HookAsync(ImagingHospital.PatientView(study.DeepClone().AsObject()))).AssertOk().Card;
        Assert.Equal("info", card.GetProperty("indicator").GetString());
        Assert.Contains("rules nothing out", card.GetProperty("summary").GetString()!, StringComparison.Ordinal);
        Assert.DoesNotContain("normal", card.GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, hospital.FramesFetched);
    }

    [Fact, Trait("promise", "M-364")]
    public async Task Organisations_hook_names_the_study()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        var services = (await hospital.Server.GetAsync("/cds-services")).AssertOk().Json.GetProperty("services").EnumerateArray().ToArray();
        Assert.Equal(["patient-view", StudyView], services.Select(s => s.GetProperty("hook").GetString()));
        Assert.Equal("ImagingStudy/{{context.imagingStudyId}}", services[1].GetProperty("prefetch").GetProperty("imaging-study").GetString());
        var card = (await hospital.HookWhenReadAsync(ImagingHospital.PatientView(hook: StudyView))).Card;
        Assert.Contains("%", card.GetProperty("summary").GetString()!, StringComparison.Ordinal);

        await using var other = await ImagingHospital.OpenAsync(more: ["--Imaging:StudyViewHook", "org.hospital.film-open"]);
        Assert.Contains("org.hospital.film-open", (await other.Server.GetAsync("/cds-services")).AssertOk().Text, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-365")]
    public async Task Study_that_is_not_for_the_model_leaves_the_clinician_in_peace_and_is_audited()
    {
        await using var hospital = await ImagingHospital.OpenAsync([ImagingHospital.Image().Set("00180015", "CS", "HAND")]);
        var answer = await hospital.HookWhenReadAsync();
        Assert.Empty(answer.Cards);
        Assert.Equal("refused", Assert.Single(await hospital.Server.AuditAsync(answer)).Outcome);
        var cancelled = (await hospital.Server.GetAsync("/fhir/DiagnosticReport?status=cancelled")).AssertOk().Json;
        Assert.Contains("body part", cancelled.GetProperty("entry")[0].GetProperty("resource").GetProperty("conclusion").GetString()!, StringComparison.Ordinal);
        Assert.Equal(0, (await hospital.Server.GetAsync("/fhir/DiagnosticReport?status=partial")).AssertOk().Json.GetProperty("total").GetInt32());
    }

    [Fact, Trait("promise", "M-365")]
    public async Task What_somebody_can_act_on_is_told_on_the_card()
    {
        await using var hospital = await ImagingHospital.OpenAsync([ImagingHospital.Image().Without("00101010").Without("00100030")]);
        var request = ImagingHospital.PatientView();
        request["prefetch"]!["patient"]!.AsObject().Remove("birthDate");
        var card = (await hospital.HookWhenReadAsync(request)).Card;
        Assert.Equal("info", card.GetProperty("indicator").GetString());
        Assert.Contains("age at the study is not known", card.GetProperty("detail").GetString()!, StringComparison.Ordinal);
    }

    [Fact, Trait("promise", "M-366")]
    public async Task Pacs_that_fails_is_tried_again_and_then_told()
    {
        await using var hospital = await ImagingHospital.OpenAsync(more: ["--Imaging:Attempts", "1", "--Outbound:BreakAfterFailures", "100"]);
        var metadata = hospital.Pacs.OnMetadata;
        hospital.Pacs.OnMetadata = context => { context.Response.StatusCode = 503; return Task.CompletedTask; };
        var card = (await hospital.HookWhenReadAsync()).Card;
        Assert.Contains("was not read", card.GetProperty("summary").GetString()!, StringComparison.Ordinal);
        // The operation does not depend on what the background found.
        hospital.Pacs.OnMetadata = metadata;
        (await hospital.InterpretAsync()).AssertOk();
    }

    [Fact, Trait("promise", "M-367")]
    public async Task Hook_without_its_data_is_412_and_without_a_study_has_no_card()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        var request = ImagingHospital.PatientView();
        request["prefetch"]!.AsObject().Remove("imaging-studies");
        (await hospital.HookAsync(request)).AssertFailure(HttpStatusCode.PreconditionFailed, "data-unavailable", hook: true);
        request = ImagingHospital.PatientView();
        request["prefetch"]!["imaging-studies"] = null;
        Assert.Empty((await hospital.HookAsync(request)).AssertOk().Cards);
        request = ImagingHospital.PatientView();
        request["prefetch"]!["imaging-studies"]!["entry"]![0]!["resource"]!["subject"]!["reference"] = "Patient/p9";
        (await hospital.HookAsync(request)).AssertFailure(HttpStatusCode.UnprocessableEntity, "foreign-subject", hook: true);
        Assert.Empty(hospital.Pacs.Asked);
    }

    [Fact, Trait("promise", "M-368")]
    public async Task Search_lists_reports_by_status_and_patient_and_ignores_nothing_silently()
    {
        await using var hospital = await ImagingHospital.OpenAsync();
        await hospital.HookWhenReadAsync();
        foreach (string query in (string[])["?status=partial", "?status=final,partial", "", "?patient=https://ehr.example.org/fhir/Patient/p1&_count=1"])
        {
            var found = (await hospital.Server.GetAsync("/fhir/DiagnosticReport" + query)).AssertOk().Json;
            Assert.Equal(("searchset", 1), (found.GetProperty("type").GetString(), found.GetProperty("total").GetInt32()));
            Assert.Equal("match", found.GetProperty("entry")[0].GetProperty("search").GetProperty("mode").GetString());
        }
        foreach (string query in (string[])["?status=final", "?patient=Patient/p1", "?subject=https://ehr.example.org/fhir/Patient/p2", "?status=partial&status=final"])
            Assert.Equal(0, (await hospital.Server.GetAsync("/fhir/DiagnosticReport" + query)).AssertOk().Json.GetProperty("total").GetInt32());
        foreach (string query in (string[])["?stauts=partial", "?status=partail", "?_count=-1", "?status=partial&_offset=1"])
            (await hospital.Server.GetAsync("/fhir/DiagnosticReport" + query)).AssertFailure(HttpStatusCode.BadRequest, "invalid-parameter");
    }
}
