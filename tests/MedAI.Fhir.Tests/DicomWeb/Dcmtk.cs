using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>The command line tools of DCMTK: make DICOM files of our own, and decode others' independently of our code.</summary>
internal static class Dcmtk
{
    private static readonly string[] Tools = ["dump2dcm", "img2dcm", "dcmdump", "dcmconv", "dcmdjpeg", "dcmdjpls", "dcmdrle", "dcmcjpeg", "dcmcrle"];

    public static bool IsInstalled => Array.TrueForAll(Tools, tool => File.Exists("/usr/bin/" + tool));

    /// <summary>Writes a file from attributes in DCMTK's dump form, with pixels.</summary>
    /// <param name="attributes">Lines like <c>(0028,0010) US 4</c>.</param>
    /// <param name="pixels">Little-endian; null for an object without.</param>
    public static string Write(string folder, string name, IEnumerable<string> attributes, byte[]? pixels, params string[] options)
    {
        string dump = Path.Combine(folder, name + ".dump");
        var text = new StringBuilder();
        foreach (string attribute in attributes)
            text.AppendLine(attribute);
        if (pixels is not null)
        {
            File.WriteAllBytes(Path.Combine(folder, name + ".raw"), pixels);
            text.AppendLine(CultureInfo.InvariantCulture, $"(7fe0,0010) OW ={Path.Combine(folder, name + ".raw")}");
        }
        File.WriteAllText(dump, text.ToString());
        string file = Path.Combine(folder, name + ".dcm");
        Run("dump2dcm", [.. options, dump, file]);
        return file;
    }

    /// <summary>Makes DICOM of a JPEG.</summary>
    public static string FromJpeg(string jpeg, string file, params string[] keys)
    {
        Run("img2dcm", [.. keys.SelectMany(k => (string[])["-k", k]), jpeg, file]);
        return file;
    }

    /// <summary>The uncompressed little-endian pixels of a file, and one line per attribute of its main level.</summary>
    public static (byte[] Pixels, Dictionary<string, string> Attributes) Decode(string folder, string file)
    {
        string plain = Path.Combine(folder, "decoded.dcm");
        string syntax = Attributes(file, ["0002,0010"]).GetValueOrDefault("0002,0010", "");
        string tool = syntax switch
        {
            _ when syntax.Contains("JPEGLS", StringComparison.OrdinalIgnoreCase) => "dcmdjpls",
            _ when syntax.Contains("JPEG", StringComparison.OrdinalIgnoreCase) => "dcmdjpeg",
            _ when syntax.Contains("RLE", StringComparison.OrdinalIgnoreCase) => "dcmdrle",
            _ => "dcmconv",
        };
        Run(tool, ["+te", file, plain]);
        string pixels = Directory.CreateDirectory(Path.Combine(folder, "pixels-" + Guid.NewGuid().ToString("N"))).FullName;
        Run("dcmdump", ["+W", pixels, "-q", plain]);
        // Other files hold icons.
        return (File.ReadAllBytes(Directory.GetFiles(pixels, "*.raw").MaxBy(f => new FileInfo(f).Length)!), Attributes(plain, ["0010,0020", "0010,0021", "0020,000d", "0020,000e", "0008,0018", "0028,0002", "0028,0008", "0028,0010", "0028,0011", "0028,0100"]));
    }

    /// <summary>Values of attributes of the main level, without padding.</summary>
    public static Dictionary<string, string> Attributes(string file, string[] tags)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Run("dcmdump", ["-q", "-dc", "+L", "+p", .. tags.SelectMany(t => (string[])["+P", t]), file]).Split('\n'))
        {
            // (0010,0020) LO [value]   #   8, 1 PatientID; inside a sequence the way to it stands before.
            if (!line.StartsWith('(') || line[11] != ' ')
                continue;
            string rest = line[15..];
            int end = rest.LastIndexOf('#');
            string value = rest[..(end < 0 ? rest.Length : end)].Trim();
            found.TryAdd(line[1..10], value.StartsWith('[') ? value.Trim('[', ']').Trim(' ', '\0') : value.StartsWith("(no value", StringComparison.Ordinal) ? "" : value);
        }
        return found;
    }

    public static string Run(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/" + tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} ended with {process.ExitCode}: {errors.Result}");
        return output;
    }
}
