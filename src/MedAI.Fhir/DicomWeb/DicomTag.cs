namespace MedAI.Fhir.DicomWeb;

/// <summary>Names of the attributes that are read, as DICOM JSON writes them (PS3.18 F.2).</summary>
internal static class DicomTag
{
    public const string SopClassUid = "00080016";
    public const string SopInstanceUid = "00080018";
    public const string StudyDate = "00080020";
    public const string SeriesDate = "00080021";
    public const string AcquisitionDate = "00080022";
    public const string ContentDate = "00080023";
    public const string Modality = "00080060";
    public const string PatientId = "00100020";
    public const string IssuerOfPatientId = "00100021";
    public const string PatientBirthDate = "00100030";
    public const string PatientAge = "00101010";
    public const string BodyPartExamined = "00180015";
    public const string ViewPosition = "00185101";
    public const string StudyInstanceUid = "0020000D";
    public const string SeriesInstanceUid = "0020000E";
    public const string InstanceNumber = "00200013";
    public const string SamplesPerPixel = "00280002";
    public const string PhotometricInterpretation = "00280004";
    public const string PlanarConfiguration = "00280006";
    public const string NumberOfFrames = "00280008";
    public const string Rows = "00280010";
    public const string Columns = "00280011";
    public const string BitsAllocated = "00280100";
    public const string BitsStored = "00280101";
    public const string HighBit = "00280102";
    public const string PixelRepresentation = "00280103";
    public const string PixelPaddingValue = "00280120";
    public const string PixelPaddingRangeLimit = "00280121";
    public const string BurnedInAnnotation = "00280301";
    public const string WindowCenter = "00281050";
    public const string WindowWidth = "00281051";
    public const string RescaleIntercept = "00281052";
    public const string RescaleSlope = "00281053";
    public const string RescaleType = "00281054";
    public const string WindowExplanation = "00281055";
    public const string VoiLutFunction = "00281056";
    public const string LossyImageCompression = "00282110";
    public const string ModalityLutSequence = "00283000";
    public const string LutDescriptor = "00283002";
    public const string LutData = "00283006";
    public const string VoiLutSequence = "00283010";
    public const string PresentationLutShape = "20500020";
    public const string FloatPixelData = "7FE00008";
    public const string DoubleFloatPixelData = "7FE00009";
}
