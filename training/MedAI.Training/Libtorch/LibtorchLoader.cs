using System.Runtime.InteropServices;

namespace MedAI.Training.Libtorch;

/// <summary>Loads libtorch so that it runs on Debian 12 and leaves the other cores alone.</summary>
/// <remarks>Call <see cref="Load"/> once, before the first use of TorchSharp.</remarks>
internal static partial class LibtorchLoader
{
    private const string Bridge = "libLibTorchSharp.so";
    private const string TooNewVersion = "GLIBCXX_3.4.32";

    /// <summary>Makes the native bridge loadable and limits torch to <paramref name="threads"/> threads.</summary>
    /// <exception cref="DllNotFoundException">The native libraries are missing or need more than a newer libstdc++.</exception>
    public static void Load(int threads)
    {
        // OpenMP reads the C environment, which .NET's own SetEnvironmentVariable does not change. Spinning workers of two
        // processes on the same cores slow each other several times.
        if (OperatingSystem.IsLinux())
            _ = SetNativeEnvironment("OMP_WAIT_POLICY", "PASSIVE", 1);

        var bridge = Find();
        if (bridge is not null && !NativeLibrary.TryLoad(bridge, out _))
        {
            // Only one helper symbol comes from the newer libstdc++, and the loader lets a weak version requirement pass.
            ElfVersionRequirement.MarkWeak(bridge, TooNewVersion);
            NativeLibrary.Load(bridge);
        }

        TorchSharp.torch.set_num_threads(threads);
    }

    private static string? Find() =>
        new[] { Path.Combine(AppContext.BaseDirectory, Bridge), Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", Bridge) }
            .FirstOrDefault(File.Exists);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNativeEnvironment(string name, string value, int overwrite);
}
