using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>What a DICOM file holds by pydicom and numpy (pixel_reference.py): the answer that ours is held against, from other people's decoders and another program.</summary>
internal static class PixelReference
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> s_installed = new(() => File.Exists(Python) && Run("-c", "import numpy, pydicom, gdcm").ExitCode == 0);

    public static void Need() => Assert.SkipUnless(s_installed.Value, "The independent decoder is not installed (Debian: apt-get install python3-pydicom python3-gdcm python3-numpy).");

    /// <summary>First frames as little-endian samples, and the inputs that a model with these settings must be given.</summary>
    /// <param name="folder">A place for its files.</param>
    public static IReadOnlyList<(byte[] Frame, double[] Tensor)> Of(string folder, IEnumerable<(string File, ManifestImaging Imaging)> jobs)
    {
        string answers = Directory.CreateDirectory(Path.Combine(folder, "reference-" + Guid.NewGuid().ToString("N"))).FullName;
        var lines = jobs.Select((job, i) => string.Create(CultureInfo.InvariantCulture,
            $"{job.File}\t{job.Imaging.Intensity.Fallback}\t{job.Imaging.Crop}\t{job.Imaging.Resize.Rows}\t{job.Imaging.Resize.Columns}\t{Path.Combine(answers, $"{i}")}")).ToArray();
        string list = Path.Combine(answers, "jobs");
        File.WriteAllLines(list, lines);
        var (code, errors) = Run(RepositoryRoot.Combine("tests", "MedAI.Fhir.Tests", "DicomWeb", "pixel_reference.py"), list);
        Assert.True(code == 0, errors);
        return [.. lines.Select((_, i) => (File.ReadAllBytes(Path.Combine(answers, $"{i}.frame")), MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(Path.Combine(answers, $"{i}.tensor"))).ToArray()))];
    }

    private static (int ExitCode, string Errors) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors + output.Result);
    }
}
