namespace MedAI.Samples.Imaging;

/// <summary>The chest studies of the demo.</summary>
public static class SampleStudies
{
    /// <summary>When all of them were taken: the evening before the demo's clock.</summary>
    public static DateTimeOffset Taken { get; } = new(2026, 3, 1, 18, 30, 0, TimeSpan.Zero);

    private static readonly ChestAnatomy s_clear = new()
    {
        Trunk = 0.3948,
        Edge = 39.06,
        TissueTop = 0.519,
        TissueBottom = 0.6,
        LungApart = 0.1936,
        LungWidth = 0.1598,
        LungHeight = 0.4428,
        LungMiddle = 0.001,
        Air = 0.3723,
        Diaphragm = 0.2664,
        HeartWidth = 0.1726,
        HeartHeight = 0.1679,
        Heart = 0.2279,
        Spine = 0.0342,
        SpineWidth = 0.025,
        Ribs = 0.075,
        Clavicles = 0.0484,
        Shoulders = 0.1423,
        Vessels = 0.1375,
        Noise = 0.0124,
    };

    private static readonly ChestAnatomy s_patchy = new() { Infiltrate = 0.06 };

    public static IReadOnlyList<SampleStudy> All { get; } =
    [
        new("demo-chest-clear", "Aerated lungs, 8 bits", "Lindqvist", "Maja", false, new DateOnly(2022, 6, 14), FilmExpectation.Report, new SampleFilm("AP", s_clear, 11)),
        new("demo-chest-patchy", "Patchy lungs, 12 bits, low values bright", "Moreau", "Hugo", true, new DateOnly(2021, 9, 2), FilmExpectation.Report, new SampleFilm("PA", s_patchy, 22, IsInverted: true)),
        new("demo-chest-two-views", "A frontal and a lateral film", "Okafor", "Ada", false, new DateOnly(2023, 1, 20), FilmExpectation.Partly,
            new SampleFilm("AP", s_clear, 14), new SampleFilm("LL", s_patchy, 23)),
        new("demo-chest-lateral", "A lateral film only", "Petrov", "Lev", true, new DateOnly(2022, 11, 30), FilmExpectation.Refused, new SampleFilm("LL", s_clear, 12)),
        new("demo-chest-adult", "An adult, for whom the model was not made", "Rossi", "Paolo", true, new DateOnly(1964, 4, 8), FilmExpectation.Refused, new SampleFilm("PA", s_patchy, 21)),
        new("demo-chest-mixed-up", "A film that carries another patient's number", "Tanaka", "Yui", false, new DateOnly(2022, 3, 3), FilmExpectation.Refused,
            new SampleFilm("AP", s_clear, 13, PatientNumber: "demo-somebody-else")),
    ];
}
