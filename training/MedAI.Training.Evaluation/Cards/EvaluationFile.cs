using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedAI.Training.Evaluation.Cards;

/// <summary>Reads and writes <c>evaluation.json</c> and <c>training.json</c>.</summary>
public static class EvaluationFile
{
    public const string Name = "evaluation.json";

    /// <summary>File of the work folder in which training leaves a <see cref="TrainingRecord"/>.</summary>
    public const string TrainingName = "training.json";

    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        TypeInfoResolver = KeepZeros.Resolver,
    };

    /// <exception cref="InvalidDataException">The text is no evaluation.</exception>
    public static EvaluationResult Parse(ReadOnlySpan<byte> json) => Parse<EvaluationResult>(json, Name);

    /// <summary>Reads <c>evaluation.json</c> of a package; null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is no evaluation.</exception>
    public static EvaluationResult? Read(string package)
    {
        var path = Path.Combine(package, Name);
        return File.Exists(path) ? Parse(File.ReadAllBytes(path)) : null;
    }

    /// <summary>Reads <c>training.json</c> of a work folder; null where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is no training record.</exception>
    public static TrainingRecord? ReadTraining(string work)
    {
        var path = Path.Combine(work, TrainingName);
        return File.Exists(path) ? Parse<TrainingRecord>(File.ReadAllBytes(path), TrainingName) : null;
    }

    public static byte[] ToUtf8(EvaluationResult result) => ToUtf8<EvaluationResult>(result);

    public static byte[] ToUtf8(TrainingRecord record) => ToUtf8<TrainingRecord>(record);

    internal static byte[] ToUtf8<T>(T value) => [.. JsonSerializer.SerializeToUtf8Bytes(value, Options), (byte)'\n'];

    internal static T Parse<T>(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new InvalidDataException($"{name} is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{name} is damaged at {e.Path ?? "$"}.", e);
        }
    }
}
