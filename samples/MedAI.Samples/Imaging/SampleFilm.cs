namespace MedAI.Samples.Imaging;

/// <summary>What becomes of a study that is sent to be read.</summary>
public enum FilmExpectation
{
    /// <summary>Every image is read.</summary>
    Report,
    /// <summary>One image is read, another is refused with its reason.</summary>
    Partly,
    /// <summary>No image is read; the reasons are stated.</summary>
    Refused,
}

/// <summary>One stored picture of a study.</summary>
/// <param name="View">DICOM view position: AP, PA or LL.</param>
/// <param name="Anatomy">What is drawn.</param>
/// <param name="Seed">Of the drawing's noise, vessels and patches.</param>
/// <param name="IsInverted">Stored as MONOCHROME1 in 12 bits with a window, as older plates do; else MONOCHROME2 in 8 bits.</param>
/// <param name="PatientNumber">Who the picture says it is of; null means the study's patient.</param>
public sealed record SampleFilm(string View, ChestAnatomy Anatomy, ulong Seed, bool IsInverted = false, string? PatientNumber = null);

/// <summary>One made-up study of the chest.</summary>
/// <param name="Id">Logical id of the ImagingStudy; the patient's is the same.</param>
/// <param name="BirthDate">The study is of <see cref="SampleStudies.Taken"/>.</param>
public sealed record SampleStudy(string Id, string Title, string Family, string Given, bool Male, DateOnly BirthDate, FilmExpectation Expectation, params SampleFilm[] Films);
