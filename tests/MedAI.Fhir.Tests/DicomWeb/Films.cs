using System.Globalization;
using System.Text.Json.Nodes;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Tests.Access.Outbound;
using MedAI.Models.Images;
using MedAI.Models.Predictions;

namespace MedAI.Fhir.Tests.DicomWeb;

/// <summary>Small radiographs of our own as DICOM files, and the way to read one back from a PACS.</summary>
internal static class Films
{
    public const int Rows = 37;
    public const int Columns = 53;

    /// <summary>Images of a PACS that is trusted, and of others that a study may name.</summary>
    public static Images From(string @base, params string[] others) => new(
        new DicomWebOptions { DefaultPacs = @base, PatientNumbers = [new PatientNumberRule { System = "urn:oid:1.2.36.1", AllowMissingIssuer = true, Issuers = ["HOSPITAL"] }] },
        Ask.Trusting([.. others.Append(@base).Select(address => new Uri(address).GetLeftPart(UriPartial.Authority))]));

    public static JsonObject Patient(string number)
    {
        var patient = Images.Patient();
        patient["identifier"]![0]!["value"] = number;
        return patient;
    }

    /// <summary>Reads the one image of a file that was stored.</summary>
    /// <param name="number">The patient's number; null for the file's own.</param>
    /// <param name="birthDate">The patient's; null for none, so that the age is the image's.</param>
    public static async Task<Images.Read> ReadFileAsync(Images images, string file, string? number = null, string? birthDate = "2017-03-01",
        Func<ImageAttributes, IReadOnlyList<AbstentionReason>>? examine = null)
    {
        var said = Dcmtk.Attributes(file, ["0010,0020", "0008,0060", "0020,000d", "0020,000e", "0008,0018"]);
        var study = Images.Study(said["0008,0018"]);
        study["identifier"]![0]!["value"] = "urn:oid:" + said["0020,000d"];
        study["series"]![0]!["uid"] = said["0020,000e"];
        study["series"]![0]!["modality"]!["code"] = said["0008,0060"];
        var patient = Patient(number ?? said["0010,0020"]);
        patient.Remove("birthDate");
        if (birthDate is not null)
            patient["birthDate"] = birthDate;
        return await images.ReadAsync(study, patient, examine: examine);
    }

    /// <summary>Copies one of the public files and gives it a patient where it has none: a file without is nobody's.</summary>
    public static string CopyPublic(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        File.Copy(Path.Combine(MedAI.Testing.RepositoryRoot.Data!, "dicom", name), file);
        if (Dcmtk.Attributes(file, ["0010,0020"]).GetValueOrDefault("0010,0020", "").Length == 0)
            Dcmtk.Run("dcmodify", "-nb", "-q", "-i", "(0010,0020)=TEST-1", file);
        return file;
    }

    /// <summary>Attributes of an image of our own, in DCMTK's form.</summary>
    public static string[] Describe(string name, string photometric, int allocated, int stored, bool signed = false, int samples = 1, string? study = null, string? series = null,
        int rows = Rows, int columns = Columns, int? highBit = null) =>
    [
        "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.1.1]", $"(0008,0018) UI [{Sop(name)}]", "(0008,0020) DA [20200615]", "(0008,0060) CS [DX]",
        "(0010,0010) PN [Test^Picture]", "(0010,0020) LO [TEST-1]", "(0010,0021) LO [HOSPITAL]", "(0010,0030) DA [20170301]", "(0010,1010) AS [003Y]",
        "(0018,0015) CS [CHEST]", "(0018,5101) CS [PA]", $"(0020,000d) UI [{study ?? Sop(name) + ".1"}]", $"(0020,000e) UI [{series ?? Sop(name) + ".2"}]", "(0020,0013) IS [1]",
        $"(0028,0002) US {samples}", $"(0028,0004) CS [{photometric}]", $"(0028,0010) US {rows}", $"(0028,0011) US {columns}",
        $"(0028,0100) US {allocated}", $"(0028,0101) US {stored}", $"(0028,0102) US {highBit ?? stored - 1}", $"(0028,0103) US {(signed ? 1 : 0)}",
    ];

    /// <summary>A UID that is always the same for a name.</summary>
    public static string Sop(string name) => string.Create(CultureInfo.InvariantCulture, $"1.2.826.0.1.3680043.10.{name.Aggregate(17u, (hash, c) => unchecked((hash * 31) + c))}");

    /// <summary>A picture with structure and noise, so that no coding could get it right by accident.</summary>
    public static byte[] Pixels16(int mask)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, Rows * Columns).SelectMany(i => BitConverter.GetBytes((ushort)((((i % Columns) * 60) + ((i / Columns) * 31) + random.Next(64)) & mask)))];
    }
}
