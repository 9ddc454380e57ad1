namespace MedAI.Fhir.DicomWeb;

/// <summary>Collects the images of one study, each once, and what was refused on the way.</summary>
internal sealed class InstanceList(StudyRequest request, DicomUid study)
{
    private readonly HashSet<DicomUid> _seen = [];

    public DicomUid Study { get; } = study;

    public List<StudyInstance> Instances { get; } = [];

    public List<StudyRefusal> Refusals { get; } = [];

    /// <summary>A modality that is not stated is looked at in the image itself.</summary>
    public bool IsWanted(string? modality) => modality is null || request.Modalities.Count == 0 || request.Modalities.Contains(modality);

    public void Refuse(DicomUid? series, DicomUid? sop, DicomWebErrorKind kind) => Refuse(series, sop, new DicomWebError(kind));

    public void Refuse(DicomUid? series, DicomUid? sop, DicomWebError error) => Refusals.Add(new StudyRefusal(series, sop, error));

    /// <summary>The instances that a series lists.</summary>
    public void Add(ImagingSeriesFacts series, WadoBase service)
    {
        foreach (var instance in series.Instances)
        {
            if (instance.Uid is not { } sop)
                Refuse(series.Uid, null, DicomWebErrorKind.UidInvalid);
            else if (_seen.Add(sop))
                Instances.Add(new StudyInstance(Study, series.Uid!, sop, service, instance.SopClass, instance.Number));
        }
    }

    /// <summary>An instance that the PACS lists; it may not be of another study or series than was asked for.</summary>
    public void Add(DicomAttributes found, WadoBase service, DicomUid? series)
    {
        if (!DicomUid.TryRead(found.Text(DicomTag.SopInstanceUid), out var sop) || !DicomUid.TryRead(found.Text(DicomTag.SeriesInstanceUid), out var own))
            Refuse(series, null, DicomWebErrorKind.UidInvalid);
        else if ((found.Text(DicomTag.StudyInstanceUid) is { } named && named != Study.Value) || (series is not null && own != series))
            Refuse(own, sop, DicomWebErrorKind.StudyMismatch);
        else if (!IsWanted(found.Text(DicomTag.Modality)))
            Refuse(own, sop, DicomWebErrorKind.ModalityNotRead);
        else if (_seen.Add(sop))
            Instances.Add(new StudyInstance(Study, own, sop, service, found.Text(DicomTag.SopClassUid), found.Integer(DicomTag.InstanceNumber)));
    }
}
