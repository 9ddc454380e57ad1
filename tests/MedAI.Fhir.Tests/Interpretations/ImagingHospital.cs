using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.DicomWeb;
using MedAI.Models.Packages;
using MedAI.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.Interpretations;

/// <summary>A server with a small imaging model whose answers are known on paper, and a PACS with flat pictures.</summary>
internal sealed class ImagingHospital : IAsyncDisposable
{
    private const int Side = 32;

    private readonly TinyPackage _package;
    private readonly Action<WebApplicationBuilder>? _configure;
    private readonly string[] _more;
    private readonly string? _dataFolder;

    private ImagingHospital(FakePacs pacs, TinyPackage package, string? dataFolder, Action<WebApplicationBuilder>? configure, string[] more)
    {
        Pacs = pacs;
        _package = package;
        _dataFolder = dataFolder;
        _configure = configure;
        _more = more;
    }

    public FakePacs Pacs { get; }

    public MedAIServer Server { get; private set; } = null!;

    /// <summary>Grey level 0 to 255 of the images by SOP instance UID; others are 153.</summary>
    public Dictionary<string, byte> Grey { get; } = [];

    /// <summary>Frames that were fetched.</summary>
    public int FramesFetched => Pacs.Asked.Count(p => p.EndsWith("/frames/1", StringComparison.Ordinal));

    public static async Task<ImagingHospital> OpenAsync(JsonObject[]? images = null, string? dataFolder = null, Action<WebApplicationBuilder>? configure = null, ModelManifest? manifest = null,
        Action<TinyOnnx>? tamper = null, params string[] more)
    {
        manifest ??= TestImagingManifest.Create() is var plain ? plain with { Service = plain.Service with { Hooks = ["patient-view"] } } : null;
        var hospital = new ImagingHospital(await FakePacs.StartAsync(images ?? [Image()]), TinyImagingModel.Package(manifest, tamper), dataFolder, configure, more);
        hospital.Pacs.OnFrame = hospital.FrameAsync;
        await hospital.StartAsync();
        return hospital;
    }

    public async Task StartAsync() => Server = await MedAIServer.StartAsync(_dataFolder,
    [
        .. Call.Outspoken(_package.Manifest.Id, _package.Manifest.Version), "--models", _package.Root, "--Outbound:LoopbackHttp", "true", "--Outbound:Origins:0:Origin", Pacs.Upstream.Origin, "--Outbound:Origins:0:Internal", "true",
        "--Outbound:Origins:0:Uses:0", "DicomWeb", "--DicomWeb:DefaultPacs", Pacs.Base,
        "--DicomWeb:PatientNumbers:0:System", "urn:oid:1.2.36.1", "--DicomWeb:PatientNumbers:0:Issuers:0", "HOSPITAL", .. _more,
    ], _configure);

    /// <summary>A film of 32 by 32 grey values of 8 bits that the model reads.</summary>
    public static JsonObject Image(string sop = FakePacs.Sop, string series = FakePacs.Series) => FakePacs.Image(sop, series)
        .Set("00280010", "US", Side).Set("00280011", "US", Side).Set("00280100", "US", 8).Set("00280101", "US", 8).Set("00280102", "US", 7)
        .Set("00281050", "DS", 128).Set("00281051", "DS", 256);

    /// <summary>What the model says of a flat picture, on paper, as a percentage.</summary>
    public static double Percent(byte grey) => 100 / (1 + Math.Exp(-0.8 * TinyImagingModel.Logit(grey / 255.0)));

    public static JsonObject Parameters(JsonObject? study = null, JsonObject? patient = null, params JsonObject[] endpoints)
    {
        var list = new JsonArray
        {
            new JsonObject { ["name"] = "imagingStudy", ["resource"] = study ?? Images.Study(FakePacs.Sop) },
            new JsonObject { ["name"] = "patient", ["resource"] = patient ?? Images.Patient() },
        };
        foreach (var endpoint in endpoints)
            list.Add(new JsonObject { ["name"] = "endpoint", ["resource"] = endpoint });
        return new JsonObject { ["resourceType"] = "Parameters", ["parameter"] = list };
    }

    public static JsonObject PatientView(JsonObject? study = null, string hook = "patient-view") => new()
    {
        ["hook"] = hook,
        ["hookInstance"] = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        ["fhirServer"] = "https://ehr.example.org/fhir",
        ["context"] = new JsonObject { ["userId"] = "Practitioner/1", ["patientId"] = "p1", ["imagingStudyId"] = "s1" },
        ["prefetch"] = new JsonObject
        {
            ["patient"] = Images.Patient(),
            [hook == "patient-view" ? "imaging-studies" : "imaging-study"] = hook != "patient-view" ? study ?? Images.Study(FakePacs.Sop) : new JsonObject
            {
                ["resourceType"] = "Bundle",
                ["type"] = "searchset",
                ["entry"] = new JsonArray(new JsonObject { ["resource"] = study ?? Images.Study(FakePacs.Sop) }),
            },
        },
    };

    public Task<Answer> InterpretAsync(JsonObject? body = null) => Server.PostTextAsync("/fhir/ImagingStudy/$interpret-imaging", (body ?? Parameters()).ToJsonString());

    public Task<Answer> HookAsync(JsonObject? body = null) => Server.PostTextAsync("/cds-services/test-chest", (body ?? PatientView()).ToJsonString());

    /// <summary>Fires the hook until the reading has ended.</summary>
    public async Task<Answer> HookWhenReadAsync(JsonObject? body = null)
    {
        for (int attempt = 0; attempt < 400; attempt++)
        {
            var answer = (await HookAsync(body is null ? null : body.DeepClone().AsObject())).AssertOk();
            if (!answer.Text.Contains("reading in progress", StringComparison.Ordinal))
                return answer;
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("The reading did not end.");
    }

    public static JsonElement[] Entries(Answer answer, string type) => [.. answer.AssertOk().Json.GetProperty("entry").EnumerateArray()
        .Select(e => e.GetProperty("resource")).Where(r => r.GetProperty("resourceType").GetString() == type)];

    public static JsonElement Report(Answer answer) => answer.AssertOk().Json.GetProperty("entry")[0].GetProperty("resource");

    public static double[] Percentages(Answer answer) => [.. Entries(answer, "Observation").Select(o => o.GetProperty("valueQuantity").GetProperty("value").GetDouble())];

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Pacs.DisposeAsync();
        _package.Dispose();
    }

    private Task FrameAsync(HttpContext context)
    {
        string sop = context.Request.Path.Value!.Split('/')[^3];
        byte[] frame = new byte[Side * Side];
        Array.Fill(frame, Grey.GetValueOrDefault(sop, (byte)153));
        return FakePacs.WriteMultipartAsync(context, frame);
    }
}
