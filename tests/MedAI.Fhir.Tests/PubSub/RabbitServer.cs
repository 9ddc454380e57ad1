using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace MedAI.Fhir.Tests.PubSub;

/// <summary>A real RabbitMQ as processes of the test's own on free loopback ports, with its data in a temp folder.</summary>
public sealed class RabbitServer : IAsyncLifetime
{
    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private const string PortMapper = "/usr/bin/epmd";

    private readonly string _folder = Directory.CreateTempSubdirectory("medai-rabbit-").FullName;
    private readonly int[] _ports = FreePorts(3);
    private Process? _mapper;
    private Process? _process;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{_ports[0]}/");

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program) || !File.Exists(PortMapper))
        {
            if (Environment.GetEnvironmentVariable("MEDAI_RABBITMQ") == "required")
                throw new InvalidOperationException("RabbitMQ is not installed.");
            Assert.Skip("RabbitMQ is not installed (Debian: apt-get install rabbitmq-server).");
        }
        File.WriteAllText(Path.Combine(_folder, "enabled_plugins"), "[].");
        // Erlang's name server, so that the broker starts none that would outlive the test.
        _mapper = Process.Start(new ProcessStartInfo(PortMapper, ["-port", Number(_ports[1]), "-address", "127.0.0.1"]))!;
        await AgainAsync();
    }

    /// <summary>Starts it with the data that it had.</summary>
    public async Task AgainAsync()
    {
        var start = new ProcessStartInfo(Program) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        (string Name, string Value)[] environment =
        [
            ("HOME", _folder), ("ERL_EPMD_PORT", Number(_ports[1])), ("ERL_EPMD_ADDRESS", "127.0.0.1"), ("RABBITMQ_NODENAME", $"medai{_ports[0]}@localhost"),
            ("RABBITMQ_NODE_PORT", Number(_ports[0])), ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"), ("RABBITMQ_DIST_PORT", Number(_ports[2])),
            ("RABBITMQ_MNESIA_BASE", Path.Combine(_folder, "data")), ("RABBITMQ_LOG_BASE", Path.Combine(_folder, "log")), ("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
            ("RABBITMQ_CONFIG_FILE", Path.Combine(_folder, "none")), ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(_folder, "enabled_plugins")),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"),
        ];
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (int attempt = 0; attempt < 600; attempt++)
        {
            try
            {
                await using var probe = await new ConnectionFactory { Uri = new Uri(Address) }.CreateConnectionAsync();
                return;
            }
            catch (BrokerUnreachableException)
            {
                await Task.Delay(100);
            }
        }
        throw new TimeoutException("RabbitMQ did not start.");
    }

    /// <summary>Ends the broker at once, as a crash would.</summary>
    public void Kill()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        _mapper?.Kill();
        _mapper?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }
}
