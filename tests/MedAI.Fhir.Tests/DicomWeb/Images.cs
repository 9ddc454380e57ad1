using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Tests.Access.Outbound;
using MedAI.Models.Images;
using MedAI.Models.Predictions;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>Asks for the images of a study and collects what comes.</summary>
internal sealed class Images : IAsyncDisposable
{
    public static readonly PatientKey Key = new("default", "https://ehr.example.org/fhir", "p1");

    private readonly OutboundGuard _guard;
    private readonly StudyImageSource _source;

    public Images(DicomWebOptions options, OutboundOptions outbound)
    {
        _guard = Ask.Guard(outbound, log: OutboundLines);
        _source = new StudyImageSource(_guard, Options.Create(options), TimeProvider.System, SourceLines);
    }

    public RememberingLog<OutboundGuard> OutboundLines { get; } = new();

    public RememberingLog<StudyImageSource> SourceLines { get; } = new();

    public static PatientNumberRule Rule => new() { System = "urn:oid:1.2.36.1", Issuers = ["HOSPITAL"] };

    /// <summary>A configuration that trusts one PACS, also for studies that name none.</summary>
    public static Images From(FakePacs pacs, Action<DicomWebOptions, OutboundOptions>? change = null)
    {
        var outbound = Ask.Trusting(pacs.Upstream.Origin);
        var options = new DicomWebOptions { DefaultPacs = pacs.Base, PatientNumbers = [Rule] };
        change?.Invoke(options, outbound);
        return new Images(options, outbound);
    }

    public static JsonObject Patient() => JsonNode.Parse("""
        {"resourceType":"Patient","id":"p1","gender":"female","birthDate":"2017-03-01","identifier":[{"system":"urn:oid:1.2.36.1","value":"MRN-7"}]}
        """)!.AsObject();

    /// <summary>An ImagingStudy with one series of the given instances; none: the PACS must be asked.</summary>
    public static JsonObject Study(params string[] sops) => JsonNode.Parse($$"""
        {"resourceType":"ImagingStudy","id":"s1","status":"available","subject":{"reference":"Patient/p1"},
         "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:{{FakePacs.Study}}"}],
         "series":[{"uid":"{{FakePacs.Series}}","modality":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CR"},
           "instance":[{{string.Join(',', sops.Select((sop, i) => $$"""{"uid":"{{sop}}","sopClass":{"system":"urn:ietf:rfc:3986","code":"urn:oid:1.2.840.10008.5.1.4.1.1.1"},"number":{{i + 1}}}"""))}}]}]}
        """)!.AsObject();

    public static JsonObject Endpoint(string address, string id = "e1") => new()
    {
        ["resourceType"] = "Endpoint",
        ["id"] = id,
        ["status"] = "active",
        ["connectionType"] = new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", ["code"] = "dicom-wado-rs" },
        ["address"] = address,
    };

    public async Task<Read> ReadAsync(JsonObject? study = null, JsonObject? patient = null, JsonObject[]? endpoints = null, int milliseconds = 20_000,
        Func<ImageAttributes, IReadOnlyList<AbstentionReason>>? examine = null, string[]? modalities = null, PatientKey? key = null, CancellationTokenSource? leave = null)
    {
        var request = new StudyRequest
        {
            ImagingStudy = Element(study ?? Study(FakePacs.Sop)),
            Patient = Element(patient ?? Patient()),
            PatientKey = key ?? Key,
            Endpoints = [.. (endpoints ?? []).Select(e => new EndpointResource(Element(e)))],
            Deadline = TimeProvider.System.GetUtcNow().AddMilliseconds(milliseconds),
            Examine = examine,
            Modalities = modalities ?? [],
        };
        var stop = leave?.Token ?? TestContext.Current.CancellationToken;
        var (plan, refusal) = await _source.PlanAsync(request, stop);
        if (plan is null)
            return new Read(refusal, null, []);
        var images = new List<ReadImage>();
        await foreach (var outcome in _source.FetchAsync(plan, stop))
        {
            using var image = outcome.Image;
            images.Add(new ReadImage(outcome, image?.Image.Frame.ToArray(), image?.Image.Attributes));
        }
        return new Read(null, plan, images);
    }

    public ValueTask DisposeAsync()
    {
        _guard.Dispose();
        return ValueTask.CompletedTask;
    }

    public static JsonElement Element(JsonNode node) => JsonDocument.Parse(node.ToJsonString()).RootElement;

    /// <param name="Refusal">Why the study as a whole was refused.</param>
    internal sealed record Read(DicomWebError? Refusal, StudyPlan? Plan, IReadOnlyList<ReadImage> Images)
    {
        public ReadImage One => Assert.Single(Images);

        /// <summary>The one reason for which nothing was read, wherever it was found.</summary>
        public DicomWebErrorKind? Why => Refusal?.Kind ?? (Plan is { Refusals: [var first, ..] } ? first.Error.Kind : Images is [var image, ..] ? image.Outcome.Error?.Kind : null);
    }

    /// <param name="Frame">Copied before the memory was given back; null when there is none.</param>
    internal sealed record ReadImage(InstanceOutcome Outcome, byte[]? Frame, ImageAttributes? Attributes);
}
