using MedAI.Models.Images;

namespace MedAI.Training.Evaluation.Chest;

/// <summary>Brings grey pictures to the size of a graph's input with the server's own area average; values 0..1.</summary>
internal static class ChestInput
{
    public static float[] Of(ChestFilm film, int side) => Of(film.Pixels, ChestFilm.Side, ChestFilm.Side, side);

    public static float[] Of(MedNistPicture picture, int side) => Of(picture.Pixels, picture.Rows, picture.Columns, side);

    private static float[] Of(byte[] pixels, int rows, int columns, int side)
    {
        var input = new float[side * side];
        AreaResampler.Resize(pixels.AsSpan(), rows, columns, input, side, side);
        for (var i = 0; i < input.Length; i++)
            input[i] /= 255f;
        return input;
    }
}
