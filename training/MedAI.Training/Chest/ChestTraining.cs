using System.Globalization;
using MedAI.Training.Evaluation.Chest;
using MedAI.Training.Libtorch;

namespace MedAI.Training.Chest;

/// <summary>Fits all networks of chest-xray-pneumonia: every seed on Kermany's fit films, then every seed on PneumoniaMNIST's train part for the comparison row.</summary>
/// <remarks>Weights and optimizer stand in the work folder after every epoch; a second run goes on where the first ended.</remarks>
internal static class ChestTraining
{
    /// <summary>End of the log line of a network's last epoch.</summary>
    public const string FinishedMark = "finished";

    public static readonly IReadOnlyList<int> Seeds = [1, 2, 3, 4, 5];

    /// <summary>What is served.</summary>
    public static ChestRecipe Kermany { get; } = new();

    /// <summary>
    /// The same for pictures of 28 by 28, without the bacterial output, because that set does not name the kind; blur and noise halved, because nothing
    /// averages them away.
    /// </summary>
    public static ChestRecipe PneumoniaMnist { get; } = Kermany with { Side = 28, Pool = 1, Epochs = 10, KindWeight = 0, Blur = Kermany.Blur / 2, Noise = Kermany.Noise / 2 };

    /// <summary>What a work folder belongs to.</summary>
    public static IReadOnlyList<ChestRecipe> Recipes { get; } = [Kermany, PneumoniaMnist];

    public static long AllEpochs { get; } = Seeds.Count * (Kermany.Epochs + PneumoniaMnist.Epochs);

    /// <param name="data">Folder with the archives.</param>
    /// <param name="work">Folder for checkpoints.</param>
    /// <param name="threads">Threads of torch, which is loaded once the data are read.</param>
    /// <param name="log">Told after every epoch.</param>
    /// <param name="progress">Told how many of <see cref="AllEpochs"/> are done, those of earlier runs included.</param>
    /// <param name="cancellationToken">Ends between two epochs.</param>
    /// <exception cref="InvalidDataException">The data are missing or damaged.</exception>
    public static void Run(string data, string work, int threads, TextWriter log, Action<long, string> progress, CancellationToken cancellationToken)
    {
        var folds = ChestFolds.Split(KermanyArchive.Read(data));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folds.Fit.Count} films to fit, {folds.Validation.Count} for validation, {folds.Test.Count} official test films left alone"));
        var mnist = Evaluation.Chest.PneumoniaMnist.Read(data, "train");
        var films = ChestFilms.Of(folds.Fit);
        var pictures = new ChestFilms(Evaluation.Chest.PneumoniaMnist.Side, mnist.Pictures, mnist.Pneumonia, new bool[mnist.Pneumonia.Length]);
        long done = Seeds.Sum(s => SeedTrainer.EpochsDone(Path.Combine(work, KermanyName(s))) + SeedTrainer.EpochsDone(Path.Combine(work, MnistName(s))));
        LibtorchLoader.Load(threads);
        progress(done, "");
        foreach (var seed in Seeds)
            Fit(Kermany, films, KermanyName(seed), seed);
        foreach (var seed in Seeds)
            Fit(PneumoniaMnist, pictures, MnistName(seed), seed);

        void Fit(ChestRecipe recipe, ChestFilms source, string name, int seed)
        {
            var stem = Path.Combine(work, name);
            if (SeedTrainer.EpochsDone(stem) >= recipe.Epochs)
                return;
            using var network = new SeedTrainer(recipe, source).Train(seed, stem, epoch =>
            {
                var end = epoch.Epoch == recipe.Epochs ? $", {FinishedMark}" : "";
                log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} epoch {epoch.Epoch}/{recipe.Epochs} loss {epoch.Loss:F4} {epoch.Seconds:F1} s{end}"));
                progress(++done, name);
                cancellationToken.ThrowIfCancellationRequested();
            });
        }
    }

    public static string KermanyName(int seed) => FormattableString.Invariant($"kermany-seed{seed}");

    public static string MnistName(int seed) => FormattableString.Invariant($"pneumoniamnist-seed{seed}");

    /// <summary>The averaged networks of every seed.</summary>
    /// <exception cref="InvalidDataException">Training has not finished in this folder.</exception>
    public static List<ChestNetwork> Load(string work, ChestRecipe recipe, Func<int, string> name) =>
    [
        .. Seeds.Select(seed =>
        {
            var stem = Path.Combine(work, name(seed));
            if (SeedTrainer.EpochsDone(stem) < recipe.Epochs)
                throw new InvalidDataException($"'{work}' holds no finished {name(seed)}: run train first.");
            var network = new ChestNetwork(recipe);
            network.load(SeedTrainer.AveragedFile(stem));
            network.eval();
            return network;
        }),
    ];
}
