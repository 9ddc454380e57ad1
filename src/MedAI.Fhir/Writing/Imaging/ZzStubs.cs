using MedAI.Fhir.Conformance;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Interpretations;
using MedAI.Models.Packages;
using MedAI.Models.Predictions;
namespace MedAI.Fhir.Writing.Imaging
{
public sealed record WrittenInterpretation(IReadOnlyList<WrittenResource> Resources, ReadOnlyMemory<byte> Bundle, IReadOnlyList<string> Problems);
public sealed record WrittenResource(string Type, string Id, ReadOnlyMemory<byte> Json);
public static class InterpretationWriter {
  public static WrittenInterpretation Write(StudyInterpretation i, ReportContext c) => new([], default, []);
  public static ReadOnlyMemory<byte> WriteRegistered(ModelManifest manifest, ModelIdentity model, string studyUid, ReportContext context) => default;
  public static ReadOnlyMemory<byte> WriteCancelled(StudyInterpretation i, ReportContext c) => default;
}
public static class RefusalWording { public static string CodeOf(DicomWebErrorKind e) => KebabCase.Of(e); public static string Of(DicomWebError e) => ""; }
}
namespace MedAI.Models.Images {
public sealed class DisplayPicture(ManifestImaging imaging) { public (int,int) SizeOf(int r,int c) => (r + imaging.MinimumRows,c); public void Write(MedicalImage i, Span<byte> t) {} }
}
