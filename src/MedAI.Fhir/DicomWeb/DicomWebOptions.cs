using System.ComponentModel.DataAnnotations;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Where images come from and whose they may be; section <c>DicomWeb</c>.</summary>
public sealed class DicomWebOptions
{
    public const string Section = "DicomWeb";

    /// <summary>DICOMweb base of the PACS that holds studies which name none, for instance <c>https://pacs.hospital.org/dicom-web</c>. Default none. Its origin must be trusted for DicomWeb.</summary>
    public string? DefaultPacs { get; set; }

    /// <summary>Rules that compare an image's PatientID with Patient.identifier. Default none, and then every image is refused: nobody could say whose it is.</summary>
    public List<PatientNumberRule> PatientNumbers { get; set; } = [];

    /// <summary>Images that one request reads, 1 to 1,000. Default 32: a radiograph has 1 to 4, and a study with hundreds is a CT.</summary>
    [Range(1, 1_000)]
    public int MaxInstances { get; set; } = 32;

    /// <summary>Images of one study that are fetched at once, 1 to 64. Default 4; each holds its pixels in memory until it is read.</summary>
    [Range(1, 64)]
    public int ParallelFetches { get; set; } = 4;

    /// <summary>Largest description of an image or list of images, in bytes, 4,096 to 134,217,728. Default 8,388,608: real ones take 5 to 50 KB, with tables 1 MB.</summary>
    [Range(4_096, 134_217_728)]
    public int MaxMetadataBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Largest uncompressed frame, in bytes, 1,024 to 1,073,741,824. Default 134,217,728: the largest radiographs (about 5,000 by 6,000 pixels of 16 bits) take 60 MB.</summary>
    [Range(1_024, 1_073_741_824)]
    public int MaxFrameBytes { get; set; } = 128 * 1024 * 1024;
}

/// <summary>How this site's patient numbers in images and in FHIR belong together.</summary>
public sealed class PatientNumberRule
{
    /// <summary><c>Patient.identifier.system</c> of the number.</summary>
    public string System { get; set; } = "";

    /// <summary>IssuerOfPatientID values (0010,0021) that mean this number; compared without case and padding.</summary>
    public List<string> Issuers { get; set; } = [];

    /// <summary>True when an image without an issuer has this number too: right where one system numbers all patients. Default false. At most one rule may say so.</summary>
    public bool AllowMissingIssuer { get; set; }

    /// <summary>True when leading zeros do not count. Default false.</summary>
    public bool IgnoreLeadingZeros { get; set; }

    /// <summary>True when numbers with <c>use</c> "old" count as well, as they do after two records were merged. Default false.</summary>
    public bool AllowOldNumbers { get; set; }
}
