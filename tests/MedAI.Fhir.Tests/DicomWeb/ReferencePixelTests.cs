using System.Globalization;
using MedAI.Models.Images;
using MedAI.Models.Packages;
using MedAI.Testing;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>Frames through a real PACS and the tensors made of them, against an implementation that shares nothing with ours.</summary>
public sealed class ReferencePixelTests(OrthancPacs orthanc) : IClassFixture<OrthancPacs>
{
    /// <summary>Ways to make a model's input: as the shipped model does, cut and uneven, enlarged, over the full range.</summary>
    private static readonly ManifestImaging[] s_ways =
    [
        Way("min-max", "none", 64, 64), Way("min-max", "centre-square", 31, 57), Way("full-range", "none", 224, 224), Way("full-range", "centre-square", 300, 7),
    ];

    public static TheoryData<string> PublicFiles =>
    [
        "CR-MONO1-10-chest_uncomp.dcm", "CT_JPEGLosslessSV1.dcm", "CT_small.dcm", "DX_thorax_mono1_highdicom.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_jls.dcm",
        "NM_JPEG-ext12.dcm", "OT_deflated.dcm", "PT_rescale_float.dcm", "vlut_04.dcm", "RG3_J2KR_CR_extremity_mono1.dcm",
    ];

    [Theory, Trait("promise", "M-330"), Trait("promise", "M-331")]
    [MemberData(nameof(PublicFiles))]
    public async Task Public_file_gives_the_frame_and_the_tensors_of_an_independent_implementation(string name)
    {
        OrthancPacs.Need();
        PixelReference.Need();
        Assert.SkipWhen(RepositoryRoot.Data is null, "The public test data are not there (MEDAI_DATA).");
        string folder = Directory.CreateDirectory(Path.Combine(orthanc.Folder, "reference-" + Path.GetFileNameWithoutExtension(name))).FullName;
        string stored = Films.CopyPublic(folder, name), original = stored;
        if (name.Contains("J2K", StringComparison.Ordinal))
        {
            // The PACS has no decoder for JPEG 2000; what stands in it is converted first.
            Assert.SkipUnless(File.Exists("/usr/bin/gdcmconv"), "JPEG 2000 needs a converter (Debian: apt-get install libgdcm-tools).");
            stored = Path.Combine(folder, "converted.dcm");
            Dcmtk.Run("gdcmconv", "--raw", original, stored);
        }
        else if (name.Contains("ext12", StringComparison.Ordinal))
        {
            // The independent decoder does not know JPEG of 12 bits: this one file is decoded for it by DCMTK.
            original = Path.Combine(folder, "plain.dcm");
            Dcmtk.Run("dcmdjpeg", "+te", stored, original);
        }
        string id = await orthanc.StoreAsync(stored);
        try
        {
            await EqualsReferenceAsync([(name, stored, original)]);
        }
        finally
        {
            await orthanc.RemoveAsync(id);
        }
    }

    [Fact, Trait("promise", "M-331")]
    public async Task Every_feature_of_grey_images_gives_the_tensors_of_an_independent_implementation()
    {
        OrthancPacs.Need();
        PixelReference.Need();
        var random = new Random(330);
        var files = new List<(string Name, string Stored, string Original)>();
        void Add(string name, string[] attributes, string photometric = "MONOCHROME2", int allocated = 16, int bits = 12, bool signed = false, int? highBit = null, string? convert = null)
        {
            name += convert;
            byte[] pixels = Noise(random, allocated);
            string file = Dcmtk.Write(orthanc.Folder, name, [.. Films.Describe(name, photometric, allocated, bits, signed, highBit: highBit), .. attributes], allocated == 8 ? [.. pixels, 0] : pixels,
                // Tables are long lines.
                "+l", "1000000");
            if (convert is null)
            {
                files.Add((name, file, file));
                return;
            }
            string stored = Path.Combine(orthanc.Folder, name + "-stored.dcm");
            Dcmtk.Run("dcmconv", convert, file, stored);
            files.Add((name, stored, file));
        }

        string[] window = ["(0028,1050) DS [1500.5\\40]", "(0028,1051) DS [2100\\400]"];
        string[] negative = ["(0028,1052) DS [-1024]", "(0028,1053) DS [1]"];
        Add("window", window);
        Add("mono1", window, "MONOCHROME1");
        Add("mono1-inverse", [.. window, "(2050,0020) CS [INVERSE]"], "MONOCHROME1");
        Add("mono2-inverse", [.. window, "(2050,0020) CS [INVERSE]"]);
        Add("mono2-identity", [.. window, "(2050,0020) CS [IDENTITY]"]);
        Add("mono1-no-window", [], "MONOCHROME1", bits: 10);
        Add("sigmoid", [.. window, "(0028,1056) CS [SIGMOID]"]);
        Add("exact", [.. window, "(0028,1056) CS [LINEAR_EXACT]"], "MONOCHROME1");
        Add("narrow", ["(0028,1050) DS [1500]", "(0028,1051) DS [1]"]);
        Add("bytes", ["(0028,1050) DS [100]", "(0028,1051) DS [90]"], allocated: 8, bits: 8);
        Add("bytes-signed", [], allocated: 8, bits: 8, signed: true);
        Add("signed-12", window, signed: true);
        Add("signed-16-mono1", [], "MONOCHROME1", bits: 16, signed: true);
        Add("high-bits", window, highBit: 15);
        Add("high-bits-signed", [], highBit: 14, signed: true);
        Add("rescale", ["(0028,1052) DS [-10.25]", "(0028,1053) DS [0.0625]", "(0028,1050) DS [90.5]", "(0028,1051) DS [180]"]);
        Add("rescale-down", ["(0028,1052) DS [400]", "(0028,1053) DS [-1.5]"], signed: true);
        foreach (string? convert in (string?[])[null, "+ti", "+tb"])
        {
            Add("padding", ["(0028,0120) US 2000"], convert: convert);
            Add("padding-range", ["(0028,0120) US 4095", "(0028,0121) US 3000"], "MONOCHROME1", convert: convert);
            Add("padding-signed", [.. window, "(0028,0120) SS -2048", "(0028,0121) SS -1000"], "MONOCHROME1", bits: 16, signed: true, convert: convert);
            // Debian's Orthanc (1.10.1) leaves tables out of the description of a file in implicit VR (docs/operations.md).
            if (convert == "+ti")
                continue;
            Add("voi-table", Table("3010", 700, 500, 12, random), convert: convert);
            Add("voi-table-mono1-16", Table("3010", 0, 0, 16, random), "MONOCHROME1", bits: 16, convert: convert);
            Add("voi-table-signed", Table("3010", 300, -200, 10, random, signed: true), signed: true, convert: convert);
            // The modality values are negative although the stored ones are not.
            Add("voi-table-hounsfield", [.. negative, .. Table("3010", 900, -600, 14, random, signed: true)], convert: convert);
            Add("modality-table", [.. Table("3000", 1000, 1500, 16, random), .. window], convert: convert);
            Add("modality-table-signed", [.. Table("3000", 4096, -2048, 16, random, signed: true), .. Table("3010", 600, 1000, 8, random)], "MONOCHROME1", signed: true, convert: convert);
        }
        Add("voi-table-bytes", Table("3010", 256, 0, 8, random, words: false), allocated: 8, bits: 8);
        Add("voi-table-odd-bytes", Table("3010", 255, 1, 8, random, words: false), allocated: 8, bits: 8);
        // The bits of a negative first value where the descriptor says that it is unsigned.
        Add("voi-table-as-bits", [.. negative, .. Table("3010", 900, 65_536 - 600, 14, random)]);

        foreach (var (_, stored, _) in files)
            await orthanc.StoreAsync(stored);
        await EqualsReferenceAsync(files);
    }

    private async Task EqualsReferenceAsync(IReadOnlyList<(string Name, string Stored, string Original)> files)
    {
        var expected = PixelReference.Of(orthanc.Folder, files.SelectMany(file => s_ways.Select(way => (file.Original, way))));
        await using var images = Films.From(orthanc.Base);
        for (int i = 0; i < files.Count; i++)
        {
            var read = (await Films.ReadFileAsync(images, files[i].Stored)).One;
            Assert.True(read.Frame is not null, $"{files[i].Name}: {read.Outcome.Error?.Kind} {read.Outcome.Error?.Cause?.Kind} {string.Join(' ', read.Outcome.Reasons.Select(r => r.Text))}");
            for (int way = 0; way < s_ways.Length; way++)
            {
                var (frame, tensor) = expected[(i * s_ways.Length) + way];
                Assert.True(frame.AsSpan().SequenceEqual(read.Frame), $"{files[i].Name}: the frame is another.");
                var pipeline = new PixelPipeline(s_ways[way]);
                var ours = new float[pipeline.Length];
                pipeline.Write(new MedicalImage(read.Attributes!, read.Frame), ours);
                Assert.Equal(tensor.Length, ours.Length);
                double most = ours.Zip(tensor, (a, b) => Math.Abs(a - b)).Max();
                Assert.True(most <= 1e-4, string.Create(CultureInfo.InvariantCulture, $"{files[i].Name}, {s_ways[way].Resize}: differs by {most}"));
                // An even tensor would agree with much that is wrong.
                Assert.True(tensor.Max() - tensor.Min() > (way == 0 ? 0.01 : 0.001), $"{files[i].Name}: nothing to be seen.");
            }
        }
    }

    private static ManifestImaging Way(string fallback, string crop, int rows, int columns) => TestImagingManifest.Create().Imaging! with
    {
        Intensity = new ManifestIntensity("dicom", fallback),
        Crop = crop,
        Resize = new ManifestResize(rows, columns, "area"),
    };

    /// <summary>All bits of the cells, also those that are not the image's.</summary>
    private static byte[] Noise(Random random, int allocated)
    {
        byte[] pixels = new byte[Films.Rows * Films.Columns * allocated / 8];
        random.NextBytes(pixels);
        return pixels;
    }

    /// <summary>A sequence with one table of random entries.</summary>
    private static string[] Table(string element, int entries, int first, int bits, Random random, bool signed = false, bool words = true)
    {
        int count = entries == 0 ? 65_536 : entries;
        int[] data = [.. Enumerable.Range(0, count).Select(_ => random.Next(1 << bits))];
        string value = words
            ? "US " + string.Join('\\', data)
            : "OW " + string.Join('\\', data.Append(0).Chunk(2).Where(pair => pair.Length == 2).Select(pair => (pair[0] | (pair[1] << 8)).ToString("x4", CultureInfo.InvariantCulture)));
        if (words && count > 32_767)
            // Too long for US in explicit VR.
            value = "OW " + string.Join('\\', data.Select(d => d.ToString("x4", CultureInfo.InvariantCulture)));
        return
        [
            $"(0028,{element}) SQ", "(fffe,e000) na", $"(0028,3002) {(signed ? "SS" : "US")} {entries}\\{first}\\{bits}", $"(0028,3006) {value}", "(fffe,e00d) na", "(fffe,e0dd) na",
        ];
    }
}
