using System.Globalization;

namespace MedAI.Training.Cli;

/// <summary>Time that the runs over one work folder took together, an interrupted run included unless it was killed.</summary>
internal static class TrainingTime
{
    private const string Name = "seconds.txt";

    public static double Of(string work)
    {
        var path = Path.Combine(work, Name);
        return File.Exists(path) && double.TryParse(File.ReadAllText(path), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
    }

    public static void Add(string work, TimeSpan time) =>
        File.WriteAllText(Path.Combine(work, Name), (Of(work) + time.TotalSeconds).ToString("F1", CultureInfo.InvariantCulture));
}
