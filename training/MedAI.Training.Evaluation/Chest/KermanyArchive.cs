using System.Security.Cryptography;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Reads the 224-pixel films of Kermany et al. 2018 (doi 10.17632/rscbjbr9sj, CC BY 4.0) from their archive in memory; nothing is unpacked to disk.</summary>
internal static class KermanyArchive
{
    public const string FileName = "kermany224.tar";

    private const int LargestFilmBytes = 1 << 20;

    /// <summary>Films in the order of their names, so that the order in the archive does not matter.</summary>
    /// <exception cref="InvalidDataException">The archive is missing, damaged, or not this set.</exception>
    public static IReadOnlyList<ChestFilm> Read(string folder)
    {
        var path = ChestFolder.File(folder, FileName);
        var films = new List<ChestFilm>();
        foreach (var (name, bytes) in TarPictures.Read(path, LargestFilmBytes))
        {
            var parts = name.Split('/');
            if (parts.Length < 3)
                throw new InvalidDataException($"{FileName} holds '{name}' outside train or test.");
            var fold = parts[^3];
            var label = parts[^2];
            if (fold is not ("train" or "test") || label is not ("NORMAL" or "PNEUMONIA"))
                throw new InvalidDataException($"{FileName} holds '{name}' outside train|test/NORMAL|PNEUMONIA.");
            var number = FilmNumber.Of(parts[^1]);
            var kind = number.Series switch
            {
                FilmNumber.Bacteria => ChestLabel.BacterialPneumonia,
                FilmNumber.Virus => ChestLabel.ViralPneumonia,
                _ => ChestLabel.Normal,
            };
            if ((kind == ChestLabel.Normal) != (label == "NORMAL"))
                throw new InvalidDataException($"{FileName} holds '{name}', whose name contradicts its folder.");
            var (rows, columns, pixels) = GreyJpeg.Decode(name, bytes);
            if (rows != ChestFilm.Side || columns != ChestFilm.Side)
                throw new InvalidDataException($"{name} in {FileName} has {rows}x{columns} pixels, not {ChestFilm.Side}x{ChestFilm.Side}.");
            films.Add(new ChestFilm(name, fold == "test", kind, number, pixels));
        }

        if (!films.Any(f => f.OfficialTest) || films.All(f => f.OfficialTest))
            throw new InvalidDataException($"{FileName} lacks the train or the test films.");
        films.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return films;
    }

    /// <summary>SHA-256 of the archive, lower-case hexadecimal, for the data statement.</summary>
    public static string Sha256(string folder)
    {
        using var stream = File.OpenRead(ChestFolder.File(folder, FileName));
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
