using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace MedAI.Benchmarks;

/// <summary>Says on what a report was made.</summary>
internal static class Machine
{
    public static string Line()
    {
        string processor = "unknown processor";
        if (File.Exists("/proc/cpuinfo"))
            processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? processor;
        string gc = GCSettings.IsServerGC ? "server" : "workstation";
        return string.Create(CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd}, {processor}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.FrameworkDescription}, {gc} GC, {Build}");
    }

#if DEBUG
    private const string Build = "DEBUG BUILD: NOT A RESULT";
#else
    private const string Build = "Release";
#endif
}
