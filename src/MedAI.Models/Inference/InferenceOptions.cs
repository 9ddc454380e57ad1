using System.ComponentModel.DataAnnotations;

namespace MedAI.Models.Inference;

/// <summary>How models are run; one set for all models.</summary>
public sealed class InferenceOptions
{
    /// <summary>
    /// Threads inside one operator, 0 to 64; default 1. Models of this kind are small and cores are shared with request handling: more threads
    /// help one large batch and hurt many requests. 0 lets the runtime take one thread per core.
    /// </summary>
    [Range(0, 64)]
    public int IntraOpThreads { get; set; } = 1;

    /// <summary>Requests that may wait per model, 1 to 100,000; default 256. A request that finds the queue full is refused at once.</summary>
    [Range(1, 100_000)]
    public int QueueCapacity { get; set; } = 256;

    /// <summary>Rows joined into one run, 1 to 65,536; default 256, about six explained predictions. A single larger request still runs, alone.</summary>
    [Range(1, 65_536)]
    public int MaxBatchRows { get; set; } = 256;

    /// <summary>Where models run; default <see cref="ExecutionProvider.Cpu"/>.</summary>
    public ExecutionProvider ExecutionProvider { get; set; } = ExecutionProvider.Cpu;

    /// <summary>Number of the CUDA device, 0 to 63; default 0.</summary>
    [Range(0, 63)]
    public int CudaDevice { get; set; }
}

/// <summary>Hardware that runs a model.</summary>
public enum ExecutionProvider
{
    Cpu,
    Cuda,
}

/// <summary>What was asked for and what a model got; health shows it.</summary>
/// <param name="Requested">From the options.</param>
/// <param name="Used">Differs from <paramref name="Requested"/> when the runtime or the machine cannot provide it.</param>
/// <param name="Reason">Fixed words for the difference; null when there is none.</param>
public sealed record ExecutionProviderState(ExecutionProvider Requested, ExecutionProvider Used, string? Reason);
