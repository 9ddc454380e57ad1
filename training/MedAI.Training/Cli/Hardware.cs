namespace MedAI.Training.Cli;

/// <summary>Words for the machine that a report was made on.</summary>
internal static class Hardware
{
    private const string ProcessorFile = "/proc/cpuinfo";

    public static string Describe(int threads, string device)
    {
        var processor = File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        var words = $"{threads} {(threads == 1 ? "thread" : "threads")} of {processor ?? "an unnamed processor"} ({Environment.ProcessorCount} cores)";
        return device == TorchDevice.Cuda ? $"{words} with a CUDA device" : words;
    }
}
