using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>A real Orthanc with its DICOMweb plugin, as a process of the test's own on a free port, in a folder that is deleted at the end.</summary>
/// <remarks>The GDCM plugin is left out: it brings the whole server down. So JPEG 2000 comes as an error of the server, which is a case of its own.</remarks>
public sealed class OrthancPacs : IAsyncLifetime
{
    private const string Program = "/usr/sbin/Orthanc";
    private const string Plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
    private const string Missing = "Orthanc with its DICOMweb plugin is not installed (Debian: apt-get install orthanc orthanc-dicomweb dcmtk).";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private string _folder = "";
    private Process? _process;

    public string Origin { get; private set; } = "";

    /// <summary>Base of its DICOMweb service.</summary>
    public string Base => Origin + "/dicom-web";

    /// <summary>A place for files of the tests.</summary>
    public string Folder => _folder;

    public static bool IsInstalled => File.Exists(Program) && File.Exists(Plugin) && Dcmtk.IsInstalled;

    public static void Need() => Assert.SkipUnless(IsInstalled, Missing);

    public async ValueTask InitializeAsync()
    {
        if (!IsInstalled)
            return;
        _folder = Directory.CreateTempSubdirectory("medai-orthanc-").FullName;
        // Somebody else may take the port between finding and using it.
        for (int attempt = 0; attempt < 5 && !await TryStartAsync(); attempt++)
            StopProcess();
        if (_process is null)
            throw new InvalidOperationException("Orthanc did not start: " + await File.ReadAllTextAsync(Path.Combine(_folder, "log")));
    }

    /// <summary>Stores a file and says what Orthanc calls it.</summary>
    public async Task<string> StoreAsync(string file)
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
        using var answer = await _client.PostAsync(Origin + "/instances", content);
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        return json.RootElement.GetProperty("ID").GetString()!;
    }

    public async Task RemoveAsync(string id) => (await _client.DeleteAsync($"{Origin}/instances/{id}")).Dispose();

    /// <summary>Ends the process at once, as a crash would.</summary>
    public void Kill() => StopProcess();

    public ValueTask DisposeAsync()
    {
        StopProcess();
        _client.Dispose();
        if (_folder.Length > 0)
            Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<bool> TryStartAsync()
    {
        int port = FreePort();
        Origin = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        string storage = Directory.CreateDirectory(Path.Combine(_folder, $"db-{port}")).FullName;
        string configuration = Path.Combine(_folder, "orthanc.json");
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["StorageDirectory"] = storage,
            ["IndexDirectory"] = storage,
            ["Plugins"] = new[] { Plugin },
            ["HttpPort"] = port,
            // It listens on every address whatever it is told; this refuses callers from elsewhere.
            ["RemoteAccessAllowed"] = false,
            ["AuthenticationEnabled"] = false,
            ["DicomServerEnabled"] = false,
            ["DicomWeb"] = new Dictionary<string, object> { ["Enable"] = true, ["Root"] = "/dicom-web/" },
        }));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {Program} '{configuration}' > '{Path.Combine(_folder, "log")}' 2>&1"]) { WorkingDirectory = _folder };
        _process = Process.Start(start);
        for (int i = 0; i < 150 && _process is { HasExited: false }; i++)
        {
            try
            {
                using var answer = await _client.GetAsync(Base + "/studies?limit=1");
                if (answer.StatusCode == HttpStatusCode.OK)
                    return true;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(100);
        }
        return false;
    }

    private void StopProcess()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
