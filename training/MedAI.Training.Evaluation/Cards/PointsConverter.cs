using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Writes the points of a curve on one line with six digits, because a number a line would bury the rest of the file.</summary>
internal sealed class PointsConverter : JsonConverter<IReadOnlyList<IReadOnlyList<double>>>
{
    public override IReadOnlyList<IReadOnlyList<double>> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<double[][]>(ref reader, options) ?? throw new JsonException();

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<IReadOnlyList<double>> value, JsonSerializerOptions options)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < value.Count; i++)
        {
            text.Append(i == 0 ? "[" : ", [");
            text.AppendJoin(", ", value[i].Select(v => Math.Round(v, 6).ToString("R", CultureInfo.InvariantCulture)));
            text.Append(']');
        }

        writer.WriteRawValue(text.Append(']').ToString());
    }
}
