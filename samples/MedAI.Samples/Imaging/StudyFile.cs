using System.Globalization;
using System.Text.Json.Nodes;

namespace MedAI.Samples.Imaging;

/// <summary>Makes the FHIR resources, DICOM JSON and pixels of one made-up study.</summary>
internal sealed class StudyFile(SampleStudy study, int number)
{
    public const int Side = 256;

    /// <summary>Where the demo's own image service is; the server puts the address in its place that it listens on.</summary>
    public const string Service = "http://127.0.0.1:5080/demo-pacs/dicom-web";

    private const string ComputedRadiography = "1.2.840.10008.5.1.4.1.1.1";

    /// <summary>Issuer of the demo's patient numbers.</summary>
    private const string Issuer = "DEMO";

    // The 2.25 root takes any number; these are ours by their length only and name nothing outside the demo.
    private string StudyUid => string.Create(CultureInfo.InvariantCulture, $"2.25.7063091284{number:D2}");

    private string SeriesUid => StudyUid + ".1";

    public IEnumerable<JsonObject> Resources => [Patient(), Endpoint(), ImagingStudy()];

    /// <summary>Path of a film's folder below the image service, what DICOMweb says of it, and its frame in little-endian order.</summary>
    public IEnumerable<(string Folder, JsonArray Metadata, byte[] Frame)> Films =>
        study.Films.Select((film, i) => ($"studies/{StudyUid}/series/{SeriesUid}/instances/{SopUid(i)}", new JsonArray(Metadata(film, i)), Frame(film)));

    private string SopUid(int film) => string.Create(CultureInfo.InvariantCulture, $"{SeriesUid}.{film + 1}");

    private JsonObject Patient() => new()
    {
        ["resourceType"] = "Patient",
        ["id"] = study.Id,
        ["identifier"] = new JsonArray(new JsonObject { ["system"] = "http://example.org/demo-patients", ["value"] = study.Id }),
        ["active"] = true,
        ["name"] = new JsonArray(new JsonObject { ["use"] = "official", ["family"] = study.Family, ["given"] = new JsonArray(study.Given) }),
        ["gender"] = study.Male ? "male" : "female",
        ["birthDate"] = study.BirthDate.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    private static JsonObject Endpoint() => new()
    {
        ["resourceType"] = "Endpoint",
        ["id"] = "demo-pacs",
        ["status"] = "active",
        ["connectionType"] = MedAI.Samples.Fhir.Resources.Coding("http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "dicom-wado-rs", "DICOM WADO-RS"),
        ["name"] = "The demo's own images",
        ["payloadType"] = new JsonArray(new JsonObject { ["text"] = "DICOM WADO-RS" }),
        ["payloadMimeType"] = new JsonArray("application/dicom"),
        ["address"] = Service,
    };

    private JsonObject ImagingStudy() => new()
    {
        ["resourceType"] = "ImagingStudy",
        ["id"] = study.Id,
        ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:dicom:uid", ["value"] = "urn:oid:" + StudyUid }),
        ["status"] = "available",
        ["modality"] = new JsonArray(Cr()),
        ["subject"] = MedAI.Samples.Fhir.Resources.Reference($"Patient/{study.Id}"),
        ["started"] = MedAI.Samples.Fhir.Resources.Instant(SampleStudies.Taken),
        ["endpoint"] = new JsonArray(MedAI.Samples.Fhir.Resources.Reference("Endpoint/demo-pacs")),
        ["numberOfSeries"] = 1,
        ["numberOfInstances"] = study.Films.Length,
        ["description"] = study.Title,
        ["series"] = new JsonArray(new JsonObject
        {
            ["uid"] = SeriesUid,
            ["modality"] = Cr(),
            ["bodySite"] = MedAI.Samples.Fhir.Resources.Coding("http://snomed.info/sct", "51185008", "Thoracic structure"),
            ["numberOfInstances"] = study.Films.Length,
            ["instance"] = new JsonArray([.. study.Films.Select((_, i) => (JsonNode)new JsonObject
            {
                ["uid"] = SopUid(i),
                ["sopClass"] = new JsonObject { ["system"] = "urn:ietf:rfc:3986", ["code"] = "urn:oid:" + ComputedRadiography },
                ["number"] = i + 1,
            })]),
        }),
    };

    private static JsonObject Cr() => MedAI.Samples.Fhir.Resources.Coding("http://dicom.nema.org/resources/ontology/DCM", "CR", "Computed Radiography");

    private JsonObject Metadata(SampleFilm film, int index)
    {
        var image = new JsonObject();
        void Add(string tag, string vr, params JsonNode[] values) => image[tag] = new JsonObject { ["vr"] = vr, ["Value"] = new JsonArray(values) };
        int bits = film.IsInverted ? 12 : 8;
        Add("00080016", "UI", ComputedRadiography);
        Add("00080018", "UI", SopUid(index));
        Add("00080020", "DA", SampleStudies.Taken.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Add("00080060", "CS", "CR");
        Add("00100010", "PN", new JsonObject { ["Alphabetic"] = film.PatientNumber is null ? $"{study.Family}^{study.Given}" : "Demo^Else" });
        Add("00100020", "LO", film.PatientNumber ?? study.Id);
        Add("00100021", "LO", Issuer);
        Add("00100030", "DA", study.BirthDate.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Add("00180015", "CS", "CHEST");
        Add("00185101", "CS", film.View);
        Add("0020000D", "UI", StudyUid);
        Add("0020000E", "UI", SeriesUid);
        Add("00200013", "IS", index + 1);
        Add("00280002", "US", 1);
        Add("00280004", "CS", film.IsInverted ? "MONOCHROME1" : "MONOCHROME2");
        Add("00280010", "US", Side);
        Add("00280011", "US", Side);
        Add("00280100", "US", film.IsInverted ? 16 : 8);
        Add("00280101", "US", bits);
        Add("00280102", "US", bits - 1);
        Add("00280103", "US", 0);
        Add("00280301", "CS", "NO");
        if (film.IsInverted)
        {
            // The whole range of 12 bits: 0 to 4,095 (PS3.3 C.11.2.1.2.1).
            Add("00281050", "DS", 2048);
            Add("00281051", "DS", 4096);
        }
        return image;
    }

    private static byte[] Frame(SampleFilm film)
    {
        double[] picture = ChestPicture.Draw(Side, film.Anatomy, film.Seed);
        if (!film.IsInverted)
            return [.. picture.Select(grey => (byte)Math.Round(grey * 255))];
        return [.. picture.SelectMany(grey => Cell((ushort)Math.Round((1 - grey) * 4095)))];

        static byte[] Cell(ushort value) => [(byte)value, (byte)(value >> 8)];
    }
}
