using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.DicomWeb;
using MedAI.Fhir.Tests.Interpretations;
using MedAI.Models.Packages;
using MedAI.Testing;
using MedAI.Training.Evaluation.Chest;
using Microsoft.Extensions.DependencyInjection;

namespace MedAI.Fhir.Tests.EndToEnd;

/// <summary>The probability that a client gets for a film in a PACS is the one that the trainer gets from the picture.</summary>
[Trait("promise", "M-84")]
public sealed class KermanyDicomTests(OrthancPacs orthanc) : IClassFixture<OrthancPacs>
{
    private const int Films = 200;
    private const string PatientNumber = "TEST-1";

    [Fact]
    public async Task Probability_through_Orthanc_FHIR_and_HTTP_is_the_trainers()
    {
        OrthancPacs.Need();
        Assert.SkipUnless(File.Exists("/usr/bin/jpegtran"), "jpegtran is not installed (Debian: apt-get install libjpeg-turbo-progs).");
        Assert.SkipWhen(RepositoryRoot.Data is null, "The public films are not there (MEDAI_DATA).");
        await using var server = await StartAsync();
        var model = server.App.Services.GetRequiredService<IModelCatalog>().ImagingModels.Single(m => m.Identity.Id == "chest-xray-pneumonia");
        var manifest = model.Package.Manifest;
        using var scorer = new ChestScorer(await File.ReadAllBytesAsync(Path.Combine(RepositoryRoot.Combine("models", manifest.Id, manifest.Version), manifest.Files.Model.Path), TestContext.Current.CancellationToken));

        var films = TarPictures.Read(ChestFolder.File(RepositoryRoot.Data!, KermanyArchive.FileName), 1 << 20)
            .Where(f => f.Name.Contains("test/", StringComparison.Ordinal)).OrderBy(f => f.Name, StringComparer.Ordinal).ToArray();
        double worst = 0;
        int read = 0, refused = 0, otherDecision = 0;
        for (int i = 0; i < Films; i++)
        {
            var (name, bytes) = films[i * films.Length / Films];
            string jpeg = Path.Combine(orthanc.Folder, "film.jpg"), grey = Path.Combine(orthanc.Folder, "grey.jpg");
            await File.WriteAllBytesAsync(jpeg, bytes, TestContext.Current.CancellationToken);
            Dcmtk.Run("jpegtran", "-grayscale", "-outfile", grey, jpeg);
            var (rows, columns, pixels) = GreyJpeg.Decode("film", await File.ReadAllBytesAsync(grey, TestContext.Current.CancellationToken));
            var outputs = scorer.Run([ChestInput.Of(new ChestFilm("film", true, ChestLabel.Normal, FilmNumber.Of(Path.GetFileName(name)), pixels), scorer.Side)]);
            Assert.Equal((ChestFilm.Side, ChestFilm.Side), (rows, columns));
            double trainer = ChestXrayEvaluation.Probability(manifest.Calibration.Landmarks[0], outputs["logit"][0][0]);

            string study = string.Create(CultureInfo.InvariantCulture, $"1.2.826.0.1.3680043.10.543.{i + 1}");
            string file = Dcmtk.FromJpeg(grey, Path.Combine(orthanc.Folder, "film.dcm"), "Modality=CR", "BodyPartExamined=CHEST", "ViewPosition=AP", "PatientAge=003Y", "StudyDate=20200615",
                "PatientID=" + PatientNumber, "StudyInstanceUID=" + study, $"SeriesInstanceUID={study}.1", $"SOPInstanceUID={study}.1.1");
            string id = await orthanc.StoreAsync(file);
            var answer = await server.PostTextAsync("/fhir/ImagingStudy/$interpret-imaging", ImagingHospital.Parameters(Study(study), Patient()).ToJsonString());
            await orthanc.RemoveAsync(id);
            if (answer.Status == HttpStatusCode.UnprocessableEntity && answer.Codes.Contains("out-of-distribution"))
            {
                refused++;
                continue;
            }
            double served = ImagingHospital.Percentages(answer)[0] / 100;
            worst = Math.Max(worst, Math.Abs(served - trainer));
            otherDecision += served >= manifest.Thresholds[0].Value != trainer >= manifest.Thresholds[0].Value ? 1 : 0;
            read++;
        }
        TestContext.Current.SendDiagnosticMessage($"{read} read, {refused} refused, worst difference {worst:0.00000}, other decision {otherDecision}");
        Assert.True(refused <= Films / 20, $"{refused} refused");
        Assert.InRange(worst, 0, 0.02);
        Assert.True(otherDecision <= read / 100, $"{otherDecision} decisions differ");
    }

    [Fact]
    public async Task Extremity_CT_and_MR_are_refused_before_inference()
    {
        OrthancPacs.Need();
        Assert.SkipWhen(RepositoryRoot.Data is null, "The public test data are not there (MEDAI_DATA).");
        CountingCatalog? catalog = null;
        await using var server = await StartAsync(builder => builder.Services.AddSingleton<IModelCatalog>(p => catalog = new CountingCatalog(p.GetRequiredService<ModelCatalog>())));
        foreach (var (name, code) in ((string, string)[])
        [
            ("CT_small.dcm", "modality-not-read"), ("CT_JPEGLosslessSV1.dcm", "modality-not-read"), ("MR_small_bigendian.dcm", "modality-not-read"), ("MR_small_RLE.dcm", "modality-not-read"),
            ("MR_small_jls.dcm", "modality-not-read"), ("RG3_J2KR_CR_extremity_mono1.dcm", ""), ("CR-MONO1-10-chest_uncomp.dcm", "age-unknown"),
        ])
        {
            string file = Path.Combine(orthanc.Folder, name);
            File.Copy(Path.Combine(RepositoryRoot.Data!, "dicom", name), file, overwrite: true);
            Dcmtk.Run("dcmodify", "-nb", "-q", "-i", "(0010,0020)=" + PatientNumber, file);
            string id = await orthanc.StoreAsync(file);
            // The study says nothing of its series: what is there is asked of the PACS.
            string study = Dcmtk.Attributes(file, ["0020,000d"])["0020,000d"];
            var resource = Study(study);
            resource.Remove("series");
            var patient = Patient();
            patient.Remove("birthDate");
            var answer = await server.PostTextAsync("/fhir/ImagingStudy/$interpret-imaging", ImagingHospital.Parameters(resource, patient).ToJsonString());
            Assert.True(answer.Status == HttpStatusCode.UnprocessableEntity, $"{name}: {answer.Text}");
            if (code.Length > 0)
                Assert.Contains(code, answer.Codes);
            await orthanc.RemoveAsync(id);
        }
        Assert.Equal(0, catalog!.Runs);
    }

    private Task<MedAIServer> StartAsync(Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? configure = null) => MedAIServer.StartAsync(null,
    [
        "--Outbound:LoopbackHttp", "true", "--Outbound:Origins:0:Origin", orthanc.Origin, "--Outbound:Origins:0:Internal", "true", "--Outbound:Origins:0:Uses:0", "DicomWeb",
        "--DicomWeb:DefaultPacs", orthanc.Base, "--DicomWeb:PatientNumbers:0:System", "urn:oid:1.2.36.1", "--DicomWeb:PatientNumbers:0:AllowMissingIssuer", "true",
    ], configure);

    private static JsonObject Patient()
    {
        var patient = Images.Patient();
        patient["identifier"]![0]!["value"] = PatientNumber;
        return patient;
    }

    private static JsonObject Study(string uid)
    {
        var study = Images.Study(uid + ".1.1");
        study["identifier"]![0]!["value"] = "urn:oid:" + uid;
        study["series"]![0]!["uid"] = uid + ".1";
        return study;
    }
}
