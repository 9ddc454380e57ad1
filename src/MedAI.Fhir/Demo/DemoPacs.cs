using MedAI.Fhir.DicomWeb;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Demo;

/// <summary>A read-only DICOMweb service over the sample films, so that the demo shows the whole way of an image with nothing else installed. There in demo mode only.</summary>
public static class DemoPacs
{
    public const string Path = "/demo-pacs/dicom-web";

    /// <summary>What the samples name; the address that the server listens on takes its place.</summary>
    public const string SampleAddress = Server.DefaultUrl + Path;

    /// <summary>System of the sample patients' numbers.</summary>
    private const string NumberSystem = "http://example.org/demo-patients";

    /// <summary>Issuer of patient numbers in the sample films.</summary>
    private const string Issuer = "DEMO";

    private const string Boundary = "medai-demo-frame";

    /// <summary>In demo mode the films' patient numbers count as the sample patients'.</summary>
    public static void Trust(DicomWebOptions images, IOptions<ServerOptions> server)
    {
        if (server.Value.Demo)
            images.PatientNumbers.Add(new PatientNumberRule { System = NumberSystem, Issuers = [Issuer] });
    }

    public static void MapDemoPacs(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<ServerOptions>>().Value.Demo || app.Services.GetRequiredService<ContentFolders>().Samples is not { } samples)
            return;
        string folder = System.IO.Path.Combine(samples, "dicom-web");
        var instance = app.MapGroup(Path + "/studies/{study}/series/{series}/instances/{instance}");
        instance.MapGet("/metadata", (string study, string series, string instance) =>
            Find(folder, study, series, instance, "metadata.json") is { } file ? Results.File(file, "application/dicom+json") : Results.NotFound());
        instance.MapGet("/frames/1", (string study, string series, string instance, HttpContext http, CancellationToken cancellationToken) =>
            Find(folder, study, series, instance, "frame-1.raw") is { } file ? WriteFrameAsync(http, file, cancellationToken) : WriteNotFoundAsync(http));
    }

    /// <summary>Null for whatever is no sample; a name of a file is built from UIDs alone.</summary>
    private static string? Find(string folder, string study, string series, string instance, string name)
    {
        if (!DicomUid.TryRead(study, out var ofStudy) || !DicomUid.TryRead(series, out var ofSeries) || !DicomUid.TryRead(instance, out var ofInstance))
            return null;
        string file = System.IO.Path.Combine(folder, "studies", ofStudy.Value, "series", ofSeries.Value, "instances", ofInstance.Value, name);
        return File.Exists(file) ? file : null;
    }

    private static async Task WriteFrameAsync(HttpContext http, string file, CancellationToken cancellationToken)
    {
        http.Response.ContentType = $"multipart/related; type=\"application/octet-stream\"; boundary={Boundary}";
        await http.Response.WriteAsync($"--{Boundary}\r\nContent-Type: application/octet-stream\r\n\r\n", cancellationToken);
        await http.Response.SendFileAsync(file, cancellationToken);
        await http.Response.WriteAsync($"\r\n--{Boundary}--\r\n", cancellationToken);
    }

    private static Task WriteNotFoundAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
