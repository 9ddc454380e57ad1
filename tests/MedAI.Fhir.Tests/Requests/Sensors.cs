using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;

namespace MedAI.Fhir.Tests.Requests;

/// <summary>Hears everything that leaves a server besides its answers: logs of all levels, traces, metrics, and files outside its store.</summary>
internal sealed class Sensors : IDisposable
{
    private readonly DateTime _started = DateTime.UtcNow.AddSeconds(-1);
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();
    private readonly ConcurrentDictionary<string, byte> _heard = new();

    public Sensors()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Hear,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Hear(instrument, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Hear(instrument, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Hear(instrument, tags));
        _meters.Start();
    }

    public HeardLog Log { get; } = new();

    /// <summary>Spans and measurements, each once.</summary>
    public IReadOnlyCollection<string> Telemetry => [.. _heard.Keys];

    /// <summary>Origin of the server under test; its test client's spans are left out.</summary>
    public string? Server { get; set; }

    /// <summary>Origin of another system of the test, which runs in this process, too: what it hears of its own requests is left out.</summary>
    public string? Elsewhere { get; set; }

    /// <summary>Files that were written since the start, in the temporary folder and beside the program, that hold the text.</summary>
    /// <param name="store">Folder of the store; what is in its database may hold it.</param>
    public List<string> FilesWith(string text, string store)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(text);
        List<string> found = [];
        foreach (string folder in (string[])[Path.GetTempPath(), AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 6 }))
            {
                try
                {
                    var info = new FileInfo(file);
                    // What a broker keeps is the hospital's.
                    if (file.Contains($"{Path.DirectorySeparatorChar}medai-rabbit-", StringComparison.Ordinal))
                        continue;
                    bool database = file.StartsWith(store, StringComparison.Ordinal) && info.Name.StartsWith("medai.db", StringComparison.Ordinal);
                    if (!database && info.LastWriteTimeUtc >= _started && info.Length is > 0 and < 64 << 20 && File.ReadAllBytes(file).AsSpan().IndexOf(wanted) >= 0)
                        found.Add(file);
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                    // Another test's.
                }
            }
        }
        return found;
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
        Log.Dispose();
    }

    private void Hear(Activity activity)
    {
        var text = new StringBuilder($"span {activity.Source.Name} {activity.OperationName} {activity.DisplayName}");
        foreach (var (name, value) in activity.TagObjects)
            text.Append($" {name}={value}");
        foreach (var (name, value) in activity.Baggage)
            text.Append($" {name}={value}");
        foreach (var occurred in activity.Events)
        {
            text.Append($" {occurred.Name}");
            foreach (var (name, value) in occurred.Tags)
                text.Append($" {name}={value}");
        }
        string span = text.ToString();
        if (Elsewhere is not null && activity.Kind == ActivityKind.Server && $"{activity.GetTagItem("server.port")}" == new Uri(Elsewhere).Port.ToString(System.Globalization.CultureInfo.InvariantCulture))
            return;
        if (Server is null || activity.Kind != ActivityKind.Client || !span.Contains(new Uri(Server).Authority, StringComparison.Ordinal))
            _heard.TryAdd(span, 0);
    }

    private void Hear(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder($"metric {instrument.Meter.Name} {instrument.Name}");
        foreach (var (name, value) in tags)
            text.Append($" {name}={value}");
        _heard.TryAdd(text.ToString(), 0);
    }
}
