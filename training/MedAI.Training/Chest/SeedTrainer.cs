using System.Diagnostics;
using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MedAI.Training.Chest;

/// <summary>One epoch of one seed.</summary>
internal sealed record ChestEpoch(int Seed, int Epoch, double Loss, double Seconds);

/// <summary>Fits one network from one seed for a fixed number of epochs; keeps the running mean of its weights.</summary>
internal sealed class SeedTrainer(ChestRecipe recipe, ChestFilms films)
{
    private static readonly string[] Parts = ["network", "averaged", "optimizer"];

    /// <param name="seed">Fixes starting weights, order and augmentation.</param>
    /// <param name="checkpoint">File stem where every epoch is saved, so that an interrupted run goes on; null keeps nothing.</param>
    /// <param name="report">Told after every epoch.</param>
    public ChestNetwork Train(int seed, string? checkpoint, Action<ChestEpoch> report)
    {
        random.manual_seed(seed);
        var network = new ChestNetwork(recipe);
        var averaged = new ChestNetwork(recipe);
        averaged.eval();
        Follow(network, averaged, 0);
        using var optimizer = optim.AdamW(network.parameters(), recipe.LearningRate, weight_decay: recipe.WeightDecay);
        var steps = films.Count / recipe.BatchSize;
        var total = steps * recipe.Epochs;
        var first = checkpoint is null ? 1 : Resume(checkpoint, network, averaged, optimizer) + 1;
        var augmenter = new FilmAugmenter(recipe);
        for (var epoch = first; epoch <= recipe.Epochs; epoch++)
        {
            var clock = Stopwatch.StartNew();
            // Every epoch has its own draw, so that a resumed run is the same run.
            var draw = new Random(unchecked((seed * 7919) + epoch));
            random.manual_seed(unchecked((seed * 104729) + epoch));
            network.train();
            var order = Order(draw, steps * recipe.BatchSize);
            double loss = 0;
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                var done = ((epoch - 1) * steps) + step;
                var rate = recipe.LearningRate * Math.Min(1, (done + 1) / (2.0 * steps)) * (0.02 + (0.98 * 0.5 * (1 + Math.Cos(Math.PI * done / total))));
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = rate;
                var (images, targets, kinds, isPneumonia) = Batch(augmenter, order.AsSpan(step * recipe.BatchSize, recipe.BatchSize), draw);
                optimizer.zero_grad();
                if (recipe.Mixup > 0)
                {
                    var share = (float)(draw.NextDouble() * recipe.Mixup);
                    var other = randperm(images.shape[0]);
                    images = (images * (1 - share)) + (images[other] * share);
                    targets = (targets * (1 - share)) + (targets[other] * share);
                }

                var logits = network.forward(images);
                var cross = nn.functional.binary_cross_entropy_with_logits(logits.select(1, 0), targets);
                var kind = (nn.functional.binary_cross_entropy_with_logits(logits.select(1, 1), kinds, reduction: nn.Reduction.None) * isPneumonia).sum() / isPneumonia.sum().clamp_min(1);
                var all = recipe.KindWeight > 0 ? cross + (kind * recipe.KindWeight) : cross;
                all.backward();
                nn.utils.clip_grad_norm_(network.parameters(), 2.0);
                optimizer.step();
                Follow(network, averaged, Math.Min(recipe.AverageDecay, (done + 1.0) / (done + 10.0)));
                loss += cross.item<float>();
            }

            if (checkpoint is not null)
                Save(checkpoint, epoch, network, averaged, optimizer);
            report(new ChestEpoch(seed, epoch, loss / steps, clock.Elapsed.TotalSeconds));
        }

        network.Dispose();
        return averaged;
    }

    /// <summary>Both outputs [2][N] as the mean over the picture and its mirror image.</summary>
    public static (double[] Pneumonia, double[] Bacterial) Score(ChestNetwork network, float[][] images)
    {
        network.eval();
        using var _ = no_grad();
        var first = new double[images.Length];
        var second = new double[images.Length];
        var side = network.Recipe.Side;
        for (var from = 0; from < images.Length; from += 128)
        {
            using var scope = NewDisposeScope();
            var n = Math.Min(128, images.Length - from);
            var flat = new float[n * side * side];
            for (var i = 0; i < n; i++)
                images[from + i].CopyTo(flat, i * side * side);
            var x = tensor(flat, [n, 1, side, side]);
            var logits = ((network.forward(x) + network.forward(x.flip(3))) / 2).cpu().data<float>().ToArray();
            for (var i = 0; i < n; i++)
                (first[from + i], second[from + i]) = (logits[2 * i], logits[(2 * i) + 1]);
        }

        return (first, second);
    }

    private int[] Order(Random draw, int count)
    {
        var all = Enumerable.Range(0, films.Count).ToArray();
        if (recipe.NormalShare <= 0)
        {
            draw.Shuffle(all);
            return all[..count];
        }

        var normal = all.Where(i => !films.Pneumonia[i]).ToArray();
        var pneumonia = all.Where(i => films.Pneumonia[i]).ToArray();
        var order = new int[count];
        var normals = (int)(count * recipe.NormalShare);
        Fill(order.AsSpan(0, normals), normal);
        Fill(order.AsSpan(normals), pneumonia);
        draw.Shuffle(order);
        return order;

        // Whole rounds without replacement, then the rest.
        void Fill(Span<int> target, int[] pool)
        {
            for (var i = 0; i < target.Length; i++)
            {
                if (i % pool.Length == 0)
                    draw.Shuffle(pool);
                target[i] = pool[i % pool.Length];
            }
        }
    }

    private (Tensor Images, Tensor Targets, Tensor Kinds, Tensor IsPneumonia) Batch(FilmAugmenter augmenter, ReadOnlySpan<int> picks, Random draw)
    {
        var pixels = recipe.Side * recipe.Side;
        var images = new float[picks.Length * pixels];
        var targets = new float[picks.Length];
        var kinds = new float[picks.Length];
        var isPneumonia = new float[picks.Length];
        var smooth = (float)recipe.LabelSmoothing;
        for (var i = 0; i < picks.Length; i++)
        {
            augmenter.Draw(films.Sources[picks[i]], films.SourceSide, draw, images.AsSpan(i * pixels, pixels));
            targets[i] = films.Pneumonia[picks[i]] ? 1 - smooth : smooth;
            kinds[i] = films.Bacterial[picks[i]] ? 1 - smooth : smooth;
            isPneumonia[i] = films.Pneumonia[picks[i]] ? 1 : 0;
        }

        return (tensor(images, [picks.Length, 1, recipe.Side, recipe.Side]), tensor(targets), tensor(kinds), tensor(isPneumonia));
    }

    private static void Follow(ChestNetwork from, ChestNetwork into, double keep)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (target, source) in into.parameters().Zip(from.parameters()))
            target.mul_(keep).add_(source, alpha: 1 - keep);
        foreach (var (target, source) in into.buffers().Zip(from.buffers()))
        {
            if (target.dtype == ScalarType.Float32)
                target.mul_(keep).add_(source, alpha: 1 - keep);
            else
                target.copy_(source);
        }
    }

    /// <summary>How many epochs the checkpoint holds; 0 where there is none.</summary>
    public static int EpochsDone(string stem) =>
        File.Exists($"{stem}.epoch") && int.TryParse(File.ReadAllText($"{stem}.epoch"), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;

    /// <summary>Where the averaged weights of the newest epoch stand.</summary>
    public static string AveragedFile(string stem) => FileOf(stem, EpochsDone(stem), "averaged");

    /// <summary>A new epoch gets new files and the number is written last, so that a run killed while saving goes on from the epoch before.</summary>
    private static void Save(string stem, int epoch, ChestNetwork network, ChestNetwork averaged, OptimizerHelper optimizer)
    {
        network.save(FileOf(stem, epoch, "network"));
        averaged.save(FileOf(stem, epoch, "averaged"));
        optimizer.save_state_dict(FileOf(stem, epoch, "optimizer"));
        File.WriteAllText($"{stem}.epoch.new", epoch.ToString(CultureInfo.InvariantCulture));
        File.Move($"{stem}.epoch.new", $"{stem}.epoch", overwrite: true);
        foreach (var part in Parts)
            File.Delete(FileOf(stem, epoch - 1, part));
    }

    private static int Resume(string stem, ChestNetwork network, ChestNetwork averaged, OptimizerHelper optimizer)
    {
        var epoch = EpochsDone(stem);
        if (epoch == 0)
            return 0;
        network.load(FileOf(stem, epoch, "network"));
        averaged.load(FileOf(stem, epoch, "averaged"));
        optimizer.load_state_dict(FileOf(stem, epoch, "optimizer"));
        return epoch;
    }

    private static string FileOf(string stem, int epoch, string part) => string.Create(CultureInfo.InvariantCulture, $"{stem}.{epoch}.{part}");
}
