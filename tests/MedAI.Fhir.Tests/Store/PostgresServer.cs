using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

[assembly: AssemblyFixture(typeof(MedAI.Fhir.Tests.Store.PostgresEnd))]

namespace MedAI.Fhir.Tests.Store;

/// <summary>A real PostgreSQL as a process of the tests' own: on a free loopback port, of a user without rights, in a temp folder.</summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly Lazy<PostgresServer> Common = new(() => new PostgresServer());

    private readonly string _folder = Directory.CreateTempSubdirectory("medai-postgres-").FullName;
    private readonly string _programs;
    private readonly int _port = FreePort();
    private Process? _process;
    private int _databases;

    public PostgresServer()
    {
        _programs = Find();
        if (IsRoot)
            Do("chown", User, _folder);
        Do([.. AsUser, Path.Combine(_programs, "initdb"), "-D", Data, "-A", "trust", "-U", "medai", "--no-sync", "--locale=C", "-E", "UTF8"]);
        Start();
    }

    /// <summary>One server for all tests that leave it as it is.</summary>
    public static PostgresServer Shared => Common.Value;

    public static bool IsStarted => Common.IsValueCreated;

    private string Data => Path.Combine(_folder, "data");

    // PostgreSQL refuses to run as root.
    private static bool IsRoot => Environment.UserName == "root";

    private static string User => File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static string[] AsUser => IsRoot ? ["setpriv", "--reuid", User, "--clear-groups"] : [];

    /// <summary>An empty database of its own.</summary>
    public string NewDatabase()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    /// <summary>Starts it with the data that it had.</summary>
    public void Start()
    {
        string[] command = [.. AsUser, Path.Combine(_programs, "postgres"), "-D", Data, "-p", _port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "max_connections=300", "-c", "shared_buffers=32MB", "-c", "fsync=off"];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = _folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        for (int attempt = 0; attempt < 600; attempt++)
        {
            try
            {
                using var probe = new NpgsqlConnection(ConnectionString("postgres"));
                probe.Open();
                return;
            }
            catch (NpgsqlException)
            {
                Thread.Sleep(50);
            }
        }
        throw new TimeoutException("PostgreSQL did not start.");
    }

    /// <summary>Ends the server at once, as a crash would.</summary>
    public void Kill()
    {
        if (_process is null)
            return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        // Its children notice within moments that it is gone.
        for (int attempt = 0; Directory.Exists(_folder); attempt++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(50);
            }
        }
    }

    private string ConnectionString(string database) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username=medai;Database={database};Pooling=false");

    private static string Find()
    {
        string? found = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(Path.Combine(d, "initdb"))) : null;
        if (found is null && Environment.GetEnvironmentVariable("MEDAI_POSTGRES") == "required")
            throw new InvalidOperationException("PostgreSQL is not installed.");
        Assert.SkipWhen(found is null, "PostgreSQL is not installed (Debian: apt-get install postgresql).");
        return found!;
    }

    private static void Do(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(output);
    }

    private static int FreePort()
    {
        using var finder = new TcpListener(IPAddress.Loopback, 0);
        finder.Start();
        return ((IPEndPoint)finder.LocalEndpoint).Port;
    }
}

/// <summary>Ends the shared server with the last test.</summary>
public sealed class PostgresEnd : IDisposable
{
    public void Dispose()
    {
        if (PostgresServer.IsStarted)
            PostgresServer.Shared.Dispose();
    }
}
