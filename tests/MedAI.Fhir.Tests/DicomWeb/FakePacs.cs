using System.Globalization;
using System.Text.Json.Nodes;
using MedAI.Fhir.Tests.Access.Outbound;
using Microsoft.AspNetCore.Http;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>A DICOMweb server on real Kestrel that holds one study and misbehaves where a test says so.</summary>
internal sealed class FakePacs : IAsyncDisposable
{
    public const string Study = "1.2.3.100";
    public const string Series = "1.2.3.200";
    public const string Sop = "1.2.3.300";

    /// <summary>Path of the one image below the service.</summary>
    public const string ImagePath = $"/studies/{Study}/series/{Series}/instances/{Sop}";

    private readonly List<JsonObject> _instances = [];

    private FakePacs()
    {
    }

    public FakeUpstream Upstream { get; private set; } = null!;

    /// <summary>Where the service begins.</summary>
    public string Base => Upstream.Origin + "/dicom-web";

    /// <summary>Answers metadata instead of the true ones.</summary>
    public Func<HttpContext, Task>? OnMetadata { get; set; }

    public Func<HttpContext, Task>? OnFrame { get; set; }

    public Func<HttpContext, Task>? OnQuery { get; set; }

    /// <summary>Answers for data that the metadata leave out.</summary>
    public Func<HttpContext, Task>? OnBulkData { get; set; }

    /// <summary>The frame of every image: 4 rows by 6 columns of 16 bits.</summary>
    public static byte[] Frame { get; } = [.. Enumerable.Range(0, 4 * 6).SelectMany(i => BitConverter.GetBytes((ushort)(i * 150)))];

    /// <summary>Paths that were asked, without the service's own.</summary>
    public IEnumerable<string> Asked => Upstream.Requests.Select(r => r.Path.Replace("/dicom-web", "", StringComparison.Ordinal));

    public static async Task<FakePacs> StartAsync(params JsonObject[] instances)
    {
        var pacs = new FakePacs();
        pacs._instances.AddRange(instances.Length == 0 ? [Image()] : instances);
        pacs.Upstream = await FakeUpstream.StartAsync(pacs.AnswerAsync);
        return pacs;
    }

    /// <summary>Attributes of a small chest image.</summary>
    public static JsonObject Image(string sop = Sop, string series = Series)
    {
        var image = new JsonObject();
        image.Set("00080016", "UI", "1.2.840.10008.5.1.4.1.1.1").Set("00080018", "UI", sop).Set("00080020", "DA", "20200615").Set("00080060", "CS", "CR")
            .Set("00100020", "LO", "MRN-7").Set("00100021", "LO", "HOSPITAL").Set("00100030", "DA", "20170301").Set("00101010", "AS", "003Y")
            .Set("00180015", "CS", "CHEST").Set("00185101", "CS", "AP")
            .Set("0020000D", "UI", Study).Set("0020000E", "UI", series).Set("00200013", "IS", 1)
            .Set("00280002", "US", 1).Set("00280004", "CS", "MONOCHROME2").Set("00280010", "US", 4).Set("00280011", "US", 6)
            .Set("00280100", "US", 16).Set("00280101", "US", 12).Set("00280102", "US", 11).Set("00280103", "US", 0);
        return image;
    }

    public static async Task WriteMultipartAsync(HttpContext context, byte[] frame, string partType = "application/octet-stream", string boundary = "b-1", string? said = null, string? extraHeader = null)
    {
        context.Response.ContentType = $"multipart/related; type=\"application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\"; boundary={said ?? boundary}";
        await context.Response.WriteAsync($"--{boundary}\r\nContent-Type: {partType}\r\n{extraHeader}\r\n");
        await context.Response.Body.WriteAsync(frame);
        await context.Response.WriteAsync($"\r\n--{boundary}--\r\n");
    }

    public static Task WriteJsonAsync(HttpContext context, string json, string contentType = "application/dicom+json")
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(json);
    }

    public ValueTask DisposeAsync() => Upstream.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        if (path.EndsWith("/metadata", StringComparison.Ordinal))
            return OnMetadata?.Invoke(context) ?? Find(path) switch
            {
                { } image => WriteJsonAsync(context, new JsonArray(image.DeepClone()).ToJsonString()),
                null => NotFoundAsync(context),
            };
        if (path.EndsWith("/frames/1", StringComparison.Ordinal))
            return OnFrame?.Invoke(context) ?? (Find(path) is null ? NotFoundAsync(context) : WriteMultipartAsync(context, Frame));
        if (path.EndsWith("/instances", StringComparison.Ordinal))
            return OnQuery?.Invoke(context) ?? WriteJsonAsync(context, new JsonArray([.. _instances.Where(i => !path.Contains("/series/", StringComparison.Ordinal) || path.Contains($"/{Value(i, "0020000E")}/", StringComparison.Ordinal)).Select(i => i.DeepClone())]).ToJsonString());
        return OnBulkData is not null && path.Contains("bulk", StringComparison.Ordinal) ? OnBulkData(context) : NotFoundAsync(context);
    }

    private JsonObject? Find(string path) => _instances.Find(i => path.StartsWith(string.Create(CultureInfo.InvariantCulture,
        $"/dicom-web/studies/{Study}/series/{Value(i, "0020000E")}/instances/{Value(i, "00080018")}/"), StringComparison.Ordinal));

    private static string Value(JsonObject image, string tag) => (string)image[tag]!["Value"]![0]!;

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }
}

/// <summary>Writes DICOM JSON.</summary>
internal static class DicomJson
{
    public static JsonObject Set(this JsonObject image, string tag, string vr, params JsonNode[] values)
    {
        image[tag] = new JsonObject { ["vr"] = vr, ["Value"] = new JsonArray(values) };
        return image;
    }

    public static JsonObject Without(this JsonObject image, string tag)
    {
        image.Remove(tag);
        return image;
    }
}
