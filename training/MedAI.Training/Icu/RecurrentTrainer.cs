using MedAI.Training.Evaluation.Icu;
using System.Diagnostics;
using MedAI.Training.Icu2012;
using MedAI.Training.Evaluation.Metrics;
using static TorchSharp.torch;

namespace MedAI.Training.Icu;

/// <summary>One epoch of one member, as the log keeps it.</summary>
/// <param name="HeldLoss">Cross-entropy over the stays of the held fold at all landmarks; only watched, nothing is chosen by it.</param>
internal sealed record EpochRecord(int Epoch, double FitLoss, double HeldLoss, double HeldAuroc48, double Seconds);

/// <summary>Fits one recurrent member on random prefixes, re-encoded in every epoch.</summary>
/// <remarks>Runs for a fixed number of epochs, chosen once by cross-validation, and keeps the running mean of the weights: no stay is spent on deciding when to stop.</remarks>
internal sealed class RecurrentTrainer(TrainingOptions options, SharedEncoder encoder, InputScaling scaling, float[] baselines)
{
    private const int WatchEvery = 4;

    /// <param name="seed">Of the first weights, the dropout and the prefixes.</param>
    /// <param name="fit">Stays to fit on.</param>
    /// <param name="held">The held fold at every landmark; only watched.</param>
    /// <param name="report">Called after every epoch.</param>
    public MortalityNetwork Train(int seed, IReadOnlyList<LabelledStay> fit, IReadOnlyList<IReadOnlyList<GridSample>> held, Action<EpochRecord> report, CancellationToken cancellation)
    {
        random.manual_seed(seed);
        var prefixes = new Random(seed);
        var shape = NetworkOptions.Of(options, scaling);
        var network = new MortalityNetwork(shape, scaling);
        var averaged = new MortalityNetwork(shape, scaling);
        averaged.eval();
        Copy(network, averaged, 0);
        using var optimizer = optim.AdamW(network.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        long step = 0;
        var stepsPerEpoch = fit.Count / options.BatchSize;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var clock = Stopwatch.StartNew();
            network.train();
            double loss = 0;
            var seen = 0;
            foreach (var batch in Batches(fit, prefixes))
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var tensors = GridBatch.Of(batch);
                var progress = step / (double)(stepsPerEpoch * options.Epochs);
                var rate = options.LearningRate * Math.Min(1, (step + 1) / 50.0) * (0.05 + (0.95 * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress)))));
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = rate;
                optimizer.zero_grad();
                var (values, observed, since) = Hide(tensors);
                var logits = network.forward(values, observed, since, tensors.Statics);
                var cross = nn.functional.binary_cross_entropy_with_logits(logits, tensors.Died);
                cross.backward();
                nn.utils.clip_grad_norm_(network.parameters(), 1.0);
                optimizer.step();
                step++;
                Copy(network, averaged, Math.Min(options.AverageDecay, (step + 1.0) / (step + 10.0)));
                loss += cross.item<float>() * batch.Length;
                seen += batch.Length;
            }

            double heldLoss = double.NaN;
            double auroc = double.NaN;
            if (epoch % WatchEvery == 0 || epoch == options.Epochs)
            {
                heldLoss = 0;
                foreach (var landmark in held)
                {
                    var logits = Score(averaged, landmark);
                    heldLoss += logits.Zip(landmark, (x, s) => CrossEntropy(x, s.Died)).Average() / held.Count;
                    auroc = Discrimination.Auroc(logits, landmark.Select(s => s.Died).ToArray());
                }
            }

            report(new EpochRecord(epoch, loss / seen, heldLoss, auroc, clock.Elapsed.TotalSeconds));
        }

        network.Dispose();
        return averaged;
    }

    /// <summary>Logits in the order of the samples.</summary>
    public static double[] Score(MortalityNetwork network, IReadOnlyList<GridSample> samples)
    {
        network.eval();
        using var _ = no_grad();
        var logits = new double[samples.Count];
        foreach (var group in samples.Select((s, i) => (Sample: s, Index: i)).GroupBy(p => p.Sample.Steps))
        {
            foreach (var chunk in group.Chunk(512))
            {
                using var scope = NewDisposeScope();
                using var batch = GridBatch.Of(chunk.Select(p => p.Sample).ToList());
                var output = network.forward(batch.Values, batch.Observed, batch.HoursSince, batch.Statics).data<float>().ToArray();
                for (var i = 0; i < chunk.Length; i++)
                    logits[chunk[i].Index] = output[i];
            }
        }

        return logits;
    }

    public static double CrossEntropy(double logit, bool died) => Math.Max(logit, 0) - (died ? logit : 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));

    private GridSample[][] Batches(IReadOnlyList<LabelledStay> fit, Random prefixes)
    {
        var minutes = new int[fit.Count];
        for (var i = 0; i < minutes.Length; i++)
            minutes[i] = Prefixes.DrawEvenly(prefixes, options.FullWindowShare);
        var samples = encoder.EncodeAll(fit, i => minutes[i]);
        prefixes.Shuffle(samples);
        var batches = samples.GroupBy(s => s.Steps).SelectMany(g => g.Chunk(options.BatchSize)).ToArray();
        prefixes.Shuffle(batches);
        return batches;
    }

    private (Tensor Values, Tensor Observed, Tensor HoursSince) Hide(GridBatch batch)
    {
        var n = batch.Values.shape[0];
        var t = batch.Values.shape[1];
        var v = batch.Values.shape[2];
        var keep = (rand(n, 1, v) >= options.VariableDropout).to_type(ScalarType.Float32);
        var hidden = 1 - keep;
        var never = arange(1, t + 1, ScalarType.Float32).reshape(1, t, 1);
        return (
            (batch.Values * keep) + (tensor(baselines) * hidden),
            batch.Observed * keep,
            (batch.HoursSince * keep) + (never * hidden));
    }

    private static void Copy(MortalityNetwork from, MortalityNetwork into, double keep)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (target, source) in into.parameters().Zip(from.parameters()))
            target.mul_(keep).add_(source, alpha: 1 - keep);
    }
}
