namespace MedAI.Training.Evaluation.Chest;

/// <summary>What the publishers of a film call it.</summary>
internal enum ChestLabel
{
    Normal,
    BacterialPneumonia,
    ViralPneumonia,
}

/// <summary>One paediatric chest radiograph of Kermany et al., as published: name, official fold, label and 8-bit grey values, row-major.</summary>
internal sealed record ChestFilm(string Name, bool OfficialTest, ChestLabel Label, FilmNumber Number, byte[] Pixels)
{
    /// <summary>Rows and columns of every film in the 224-pixel set.</summary>
    public const int Side = 224;

    public bool Pneumonia => Label != ChestLabel.Normal;
}
