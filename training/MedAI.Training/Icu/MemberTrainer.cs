using System.Diagnostics;
using MedAI.Training.Icu2012;
using MedAI.Training.Evaluation.Metrics;
using static TorchSharp.torch;

namespace MedAI.Training.Icu;

/// <summary>One epoch of one member, as the log keeps it.</summary>
internal sealed record EpochRecord(int Member, int Epoch, double FitLoss, double CheckLoss, double CheckAuroc48, double Seconds);

/// <summary>Fits one member of the ensemble on random prefixes, re-encoded in every epoch.</summary>
/// <remarks>Keeps the running mean of the weights from the epoch with the lowest cross-entropy on the check stays.</remarks>
internal sealed class MemberTrainer(TrainingOptions options, SharedEncoder encoder, InputScaling scaling, float[] baselines)
{
    /// <summary>Hours after admission at which models are compared, calibrated and reported.</summary>
    public static readonly IReadOnlyList<int> Landmarks = [6, 12, 24, 48];

    private const int ShortestMinutes = 6 * 60;
    private const int LongestMinutes = 48 * 60;

    public MortalityNetwork Train(int member, int seed, IReadOnlyList<LabelledStay> fit, IReadOnlyList<IReadOnlyList<GridSample>> check, Action<EpochRecord> report)
    {
        random.manual_seed(seed);
        var prefixes = new Random(seed);
        var shape = new NetworkOptions
        {
            Series = baselines.Length,
            Statics = scaling.StaticMean.Length,
            Hidden = options.Hidden,
            Summary = options.Summary,
            Dropout = options.Dropout,
            SummaryDropout = options.SummaryDropout,
        };
        var network = new MortalityNetwork(shape, scaling);
        var averaged = new MortalityNetwork(shape, scaling);
        averaged.eval();
        Copy(network, averaged, 0);
        using var optimizer = optim.AdamW(network.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        var best = double.PositiveInfinity;
        Dictionary<string, Tensor>? kept = null;
        var waited = 0;
        long step = 0;
        var stepsPerEpoch = fit.Count / options.BatchSize;
        for (var epoch = 1; epoch <= options.MaximumEpochs; epoch++)
        {
            var clock = Stopwatch.StartNew();
            network.train();
            double loss = 0;
            var seen = 0;
            foreach (var batch in Batches(fit, prefixes))
            {
                using var scope = NewDisposeScope();
                using var tensors = GridBatch.Of(batch);
                var progress = step / (double)(stepsPerEpoch * options.MaximumEpochs);
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

            double checkLoss = 0;
            double auroc = 0;
            foreach (var landmark in check)
            {
                var logits = Score(averaged, landmark);
                checkLoss += logits.Zip(landmark, (x, s) => CrossEntropy(x, s.Died)).Average() / check.Count;
                auroc = Discrimination.Auroc(logits, landmark.Select(s => s.Died).ToArray());
            }

            report(new EpochRecord(member, epoch, loss / seen, checkLoss, auroc, clock.Elapsed.TotalSeconds));
            if (checkLoss < best)
            {
                best = checkLoss;
                waited = 0;
                kept = averaged.state_dict().ToDictionary(p => p.Key, p => p.Value.clone().DetachFromDisposeScope());
            }
            else if (++waited >= options.Patience)
            {
                break;
            }
        }

        using (no_grad())
        {
            foreach (var (name, value) in averaged.state_dict())
                value.copy_(kept![name]);
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
            minutes[i] = prefixes.NextDouble() < options.FullWindowShare ? LongestMinutes : prefixes.Next(ShortestMinutes, LongestMinutes + 1);
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
