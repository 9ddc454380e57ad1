using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.CdsHooks;
using MedAI.Fhir.Tests.DicomWeb;
using MedAI.Fhir.Tests.Sources.Upstream;

namespace MedAI.Fhir.Tests.Interpretations;

/// <summary><c>ImagingStudy/[id]/$interpret-imaging</c> of a study that the hospital's FHIR server alone has, with its pixels in a PACS.</summary>
[Trait("promise", "M-594")]
public sealed class UpstreamStudyTests : IAsyncLifetime
{
    private const string Path = "/fhir/ImagingStudy/s1/$interpret-imaging";

    private readonly ConcurrentDictionary<string, JsonObject> _held = new();
    private readonly HashSet<string> _broken = [];
    private HospitalFhir _fhir = null!;
    private ImagingHospital _hospital = null!;

    public async ValueTask InitializeAsync()
    {
        _fhir = await HospitalFhir.StartAsync(TimeProvider.System);
        _fhir.Instead = async context =>
        {
            string place = context.Request.Path.Value!["/fhir/".Length..];
            if (_broken.Contains(place))
            {
                context.Response.StatusCode = 500;
                return true;
            }
            if (!_held.TryGetValue(place, out var resource))
                return false;
            await FhirOfEhr.WriteAsync(context, resource.ToJsonString());
            return true;
        };
        _hospital = await ImagingHospital.OpenAsync(more: [.. _fhir.Settings().Select(s => s.Replace("Origins:0", "Origins:1", StringComparison.Ordinal))]);
        var study = Images.Study(FakePacs.Sop);
        study["endpoint"] = new JsonArray(new JsonObject { ["reference"] = "Endpoint/e1" }, new JsonObject { ["reference"] = "Endpoint/gone" });
        _held["ImagingStudy/s1"] = study;
        _held["Patient/p1"] = Images.Patient();
        _held["Endpoint/e1"] = Images.Endpoint(_hospital.Pacs.Base);
    }

    public async ValueTask DisposeAsync()
    {
        await _hospital.DisposeAsync();
        await _fhir.DisposeAsync();
    }

    private Task<Answer> AskAsync(string path = Path) => _hospital.Server.PostTextAsync(path, "", "");

    [Fact]
    public async Task Study_is_read_as_if_it_were_our_own_and_its_report_refers_to_the_hospitals_server()
    {
        foreach (string subject in (string[])["Patient/p1", _fhir.Fhir.Base + "/Patient/p1"])
        {
            _held["ImagingStudy/s1"]["subject"]!["reference"] = subject;
            var answer = await AskAsync();
            var report = ImagingHospital.Report(answer);
            Assert.Equal(ImagingHospital.Percent(153), ImagingHospital.Percentages(answer)[0], 0.01);
            Assert.Equal(_fhir.Fhir.Base + "/Patient/p1", report.GetProperty("subject").GetProperty("reference").GetString());
            Assert.Equal(_fhir.Fhir.Base + "/ImagingStudy/s1", report.GetProperty("imagingStudy")[0].GetProperty("reference").GetString());
            var row = Assert.Single(await _hospital.Server.AuditAsync(answer));
            Assert.Equal(("prediction", _fhir.Fhir.Base + "/Patient/p1"), (row.Outcome, row.Patient!.Reference));
        }
        // As a backend service, and nothing but what the study names.
        Assert.Empty(_fhir.Wrong);
        Assert.Equal(["Endpoint/e1", "Endpoint/gone", "ImagingStudy/s1", "Patient/p1"], _fhir.Fhir.Requests.Where(r => r.Method == "GET" && !r.Path.Contains(".well-known", StringComparison.Ordinal))
            .Select(r => r.Path["/fhir/".Length..]).Distinct().Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, HttpStatusCode, string> Faults => new()
    {
        { "no study", HttpStatusCode.NotFound, "not-found" },
        { "study fails", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "other study", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "no patient", HttpStatusCode.UnprocessableEntity, "patient-missing" },
        { "other patient", HttpStatusCode.UnprocessableEntity, "patient-missing" },
        { "patient fails", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "endpoint fails", HttpStatusCode.BadGateway, "fhir-source-failed" },
        { "of a group", HttpStatusCode.UnprocessableEntity, "patient-missing" },
        { "elsewhere", HttpStatusCode.UnprocessableEntity, "patient-missing" },
        { "untrusted endpoint", HttpStatusCode.UnprocessableEntity, "image-source-untrusted" },
        { "another's images", HttpStatusCode.UnprocessableEntity, "foreign-image" },
        { "no token", HttpStatusCode.BadGateway, "fhir-source-failed" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task What_cannot_be_had_whole_is_read_by_nobody(string fault, HttpStatusCode status, string code)
    {
        switch (fault)
        {
            case "no study": _held.Clear(); break;
            case "study fails": _broken.Add("ImagingStudy/s1"); break;
            case "other study": _held["ImagingStudy/s1"]["id"] = "s2"; break;
            case "no patient": _held.TryRemove("Patient/p1", out _); break;
            case "other patient": _held["Patient/p1"]["id"] = "p2"; break;
            case "patient fails": _broken.Add("Patient/p1"); break;
            case "endpoint fails": _broken.Add("Endpoint/e1"); break;
            case "of a group": _held["ImagingStudy/s1"]["subject"]!["reference"] = "Group/p1"; break;
            case "elsewhere": _held["ImagingStudy/s1"]["subject"]!["reference"] = "https://elsewhere.example.org/fhir/Patient/p1"; break;
            case "untrusted endpoint": _held["Endpoint/e1"]["address"] = "https://pacs.elsewhere.example.org/rs"; break;
            case "another's images": _held["Patient/p1"]["identifier"]![0]!["value"] = "MRN-8"; break;
            default: _fhir.TokenFails = 500; break;
        }
        var answer = await AskAsync();
        answer.AssertFailure(status, code);
        Assert.Equal(0, _hospital.FramesFetched);
        Assert.Equal("error", Assert.Single(await _hospital.Server.AuditAsync(answer)).Outcome);
    }

    [Fact]
    public async Task Ids_that_are_none_are_not_asked_for()
    {
        foreach (string id in (string[])["a%3Fb%3Dc", "..%2FPatient", new string('x', 65)])
            (await AskAsync(Path.Replace("s1", id, StringComparison.Ordinal))).AssertFailure(HttpStatusCode.NotFound, "not-found");
        Assert.Empty(_fhir.Fhir.Requests);
    }
}
