using MedAI.Fhir.Access.Outbound;

namespace MedAI.Fhir.DicomWeb;

/// <summary>One image of a study and where it lies.</summary>
/// <param name="Study">Study instance UID.</param>
/// <param name="Series">Series instance UID.</param>
/// <param name="Sop">SOP instance UID.</param>
/// <param name="Service">Where it can be fetched.</param>
/// <param name="SopClass">SOP class UID, where it is known.</param>
/// <param name="Number">Instance number, where it is known.</param>
public sealed record StudyInstance(DicomUid Study, DicomUid Series, DicomUid Sop, WadoBase Service, string? SopClass, int? Number)
{
    internal string Path => $"studies/{Study}/series/{Series}/instances/{Sop}";

    internal OutboundTarget Metadata => Service.At(Path + "/metadata");

    /// <summary>Where data of the image lies that its description gives an address for; null for an address on another server.</summary>
    /// <remarks>
    /// A PACS behind a proxy writes its inner name; an address below the image's own path is then asked of the service that the description came from.
    /// No other server is ever asked.
    /// </remarks>
    /// <param name="address">A BulkDataURI (PS3.18 F.2.6): absolute, or relative to the description.</param>
    internal OutboundTarget? BulkData(string address)
    {
        var metadata = Metadata;
        if (address.Length > 2_048 || !Uri.TryCreate(new Uri(metadata.Origin + metadata.PathAndQuery), address, out var found) || found.Fragment.Length > 0 || found.UserInfo.Length > 0)
            return null;
        if (Origin.TryRead(found.AbsoluteUri, out var origin, out string path) && origin == metadata.Origin)
            return metadata.WithPath(path);
        int own = found.PathAndQuery.IndexOf($"/{Path}/", StringComparison.Ordinal);
        return own < 0 ? null : Service.At(found.PathAndQuery[(own + 1)..]);
    }
}

/// <summary>A part of a study that is not fetched, and why.</summary>
/// <param name="Series">Null when its UID is invalid.</param>
/// <param name="Sop">Null when the whole series is refused, or the instance's UID is invalid.</param>
public sealed record StudyRefusal(DicomUid? Series, DicomUid? Sop, DicomWebError Error);

/// <summary>Which images of a study will be fetched, in the order of the study, and what was refused before.</summary>
public sealed record StudyPlan(StudyRequest Request, DicomUid Study, IReadOnlyList<StudyInstance> Instances, IReadOnlyList<StudyRefusal> Refusals);
