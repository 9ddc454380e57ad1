using System.Globalization;
using System.Text.Json;
using MedAI.Training.Evaluation.Chest;
using MedAI.Training.Libtorch;

namespace MedAI.Training.Chest;

/// <summary>Fits all networks of chest-xray-pneumonia: every seed on Kermany's fit films, then every seed on PneumoniaMNIST's train part for the comparison row.</summary>
/// <remarks>Weights, optimizer and log stand in the work folder after every epoch; a second run goes on where the first ended.</remarks>
internal static class ChestTraining
{
    public static readonly IReadOnlyList<int> Seeds = [1, 2, 3, 4, 5];

    /// <summary>What is served.</summary>
    public static ChestRecipe Kermany { get; } = new();

    /// <summary>The same for pictures of 28 by 28, without the bacterial output, because that set does not name the kind; blur and noise halved, because nothing averages them away.</summary>
    public static ChestRecipe PneumoniaMnist { get; } = Kermany with { Side = 28, Pool = 1, Epochs = 10, KindWeight = 0, Blur = Kermany.Blur / 2, Noise = Kermany.Noise / 2 };

    /// <param name="data">Folder with the archives.</param>
    /// <param name="work">Folder for checkpoints.</param>
    /// <param name="threads">Threads of torch.</param>
    /// <param name="log">Told after every epoch, with the time that is left.</param>
    /// <param name="cancellationToken">Ends between two epochs.</param>
    /// <exception cref="InvalidDataException">The data are missing or damaged, or the work folder belongs to another recipe.</exception>
    public static void Run(string data, string work, int threads, TextWriter log, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(work);
        RequireRecipe(work);
        var left = Seeds.Count * (Kermany.Epochs + PneumoniaMnist.Epochs);
        var pace = new Queue<double>();
        var folds = ChestFolds.Split(KermanyArchive.Read(data));
        log.WriteLine($"{folds.Fit.Count} films to fit, {folds.Validation.Count} for validation, {folds.Test.Count} official test films left alone");
        var films = ChestFilms.Of(folds.Fit);
        LibtorchLoader.Load(threads);
        foreach (var seed in Seeds)
            Fit(Kermany, films, KermanyName(seed), seed);
        var mnist = Evaluation.Chest.PneumoniaMnist.Read(data, "train");
        var pictures = new ChestFilms(Evaluation.Chest.PneumoniaMnist.Side, mnist.Pictures, mnist.Pneumonia, new bool[mnist.Pneumonia.Length]);
        foreach (var seed in Seeds)
            Fit(PneumoniaMnist, pictures, MnistName(seed), seed);

        void Fit(ChestRecipe recipe, ChestFilms source, string name, int seed)
        {
            var stem = Path.Combine(work, name);
            var start = SeedTrainer.EpochsDone(stem);
            left -= start;
            if (start >= recipe.Epochs)
            {
                log.WriteLine($"{name} is finished already");
                return;
            }

            using var network = new SeedTrainer(recipe, source).Train(seed, stem, (epoch, _) =>
            {
                left--;
                pace.Enqueue(epoch.Seconds);
                if (pace.Count > 10)
                    pace.Dequeue();
                var line = string.Create(CultureInfo.InvariantCulture, $"{name},{epoch.Epoch},{epoch.Loss:F4},{epoch.Seconds:F1}");
                File.AppendAllText(Path.Combine(work, LogName), line + "\n");
                log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{name} epoch {epoch.Epoch}/{recipe.Epochs} loss {epoch.Loss:F4} {epoch.Seconds:F1} s, about {TimeSpan.FromSeconds(left * pace.Average()):hh\\:mm\\:ss} left"));
                cancellationToken.ThrowIfCancellationRequested();
            });
        }
    }

    /// <summary>Lines of name, epoch, loss, seconds.</summary>
    public const string LogName = "epochs.csv";

    public static string KermanyName(int seed) => FormattableString.Invariant($"kermany-seed{seed}");

    public static string MnistName(int seed) => FormattableString.Invariant($"pneumoniamnist-seed{seed}");

    /// <summary>The averaged networks of every seed.</summary>
    /// <exception cref="InvalidDataException">Training has not finished in this folder.</exception>
    public static List<ChestNetwork> Load(string work, ChestRecipe recipe, Func<int, string> name)
    {
        RequireRecipe(work);
        return [.. Seeds.Select(seed =>
        {
            var stem = Path.Combine(work, name(seed));
            if (SeedTrainer.EpochsDone(stem) < recipe.Epochs)
                throw new InvalidDataException($"'{work}' holds no finished {name(seed)}; run train first.");
            var network = new ChestNetwork(recipe);
            network.load(SeedTrainer.AveragedFile(stem));
            network.eval();
            return network;
        })];
    }

    private static void RequireRecipe(string work)
    {
        var path = Path.Combine(work, "recipe.json");
        var ours = JsonSerializer.Serialize(new[] { Kermany, PneumoniaMnist });
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(work);
            File.WriteAllText(path, ours);
        }
        else if (File.ReadAllText(path) != ours)
        {
            throw new InvalidDataException($"'{work}' holds checkpoints of another recipe; choose another folder or empty it.");
        }
    }
}
