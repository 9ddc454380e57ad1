using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MedAI.Fhir.Tests.Access.Clients;

/// <summary>A real Redis as a process of the test's own on a free loopback port, that keeps nothing on disk.</summary>
internal sealed class RedisServer : IDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly int _port;
    private Process? _process;

    private RedisServer(int port) => _port = port;

    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public static async Task<RedisServer> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), "Redis is not installed (Debian: apt-get install redis-server).");
        using var finder = new TcpListener(IPAddress.Loopback, 0);
        finder.Start();
        var server = new RedisServer(((IPEndPoint)finder.LocalEndpoint).Port);
        finder.Stop();
        await server.AgainAsync();
        return server;
    }

    /// <summary>Starts it on the port that it had.</summary>
    public async Task AgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        });
        for (int attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }
        throw new TimeoutException("Redis did not start.");
    }

    /// <summary>Ends the process at once, as a crash would.</summary>
    public void Kill()
    {
        if (_process is null)
            return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose() => Kill();
}
