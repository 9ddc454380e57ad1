using MedAI.Training.Libtorch;
using TorchSharp;

namespace MedAI.Training.Cli;

/// <summary>Where torch computes.</summary>
/// <remarks>The usual build has no CUDA; a build with <c>-p:TorchCuda=true</c> has. The figures of the shipped packages come from the processor.</remarks>
internal static class TorchDevice
{
    public const string Cpu = "cpu";
    public const string Cuda = "cuda";

    /// <exception cref="FormatException">The name is neither <c>cpu</c> nor <c>cuda</c>.</exception>
    public static string Known(string name) => name is Cpu or Cuda ? name : throw new FormatException($"Option --device is '{name}': cpu or cuda.");

    /// <summary>Makes new tensors on the device; for the processor nothing is loaded yet, so that a wrong folder is told at once.</summary>
    /// <exception cref="InvalidOperationException">CUDA is asked for, and this build or machine has none.</exception>
    public static void Use(string name, int threads)
    {
        if (name != Cuda)
            return;
        LibtorchLoader.Load(threads);
        if (!torch.cuda_is_available())
            throw new InvalidOperationException("No CUDA here: build with -p:TorchCuda=true on a machine with an NVIDIA driver, or leave --device out.");
        torch.set_default_device(torch.CUDA);
    }
}
