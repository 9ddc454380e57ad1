using System.Diagnostics;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Libtorch;
using MedAI.Training.Trees;

namespace MedAI.Training.Icu;

/// <summary>Fits every member of the ensemble on the folds that it may see and leaves the weights in a work folder.</summary>
internal static class MortalityTraining
{
    /// <summary>Members that are already in the work folder are kept, so that an interrupted run goes on where it stopped.</summary>
    public static void Run(string data, string work, TrainingOptions options, TextWriter log, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var cohort = IcuCohort.Load(data);
        log.WriteLine($"{clock.Elapsed:mm\\:ss} read {cohort.Read} stays, {cohort.Stays.Count} with an outcome and at least one measurement");
        LightGbmLibrary.Load();
        LibtorchLoader.Load(options.Threads);
        var setup = EnsembleSetup.Of(cohort);
        Directory.CreateDirectory(work);
        TreeTrainer? trees = null;
        foreach (var member in Member.All)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.Combine(work, member.FileName);
            if (File.Exists(path))
                continue;
            var bytes = member.Kind == MemberKind.Recurrent
                ? Recurrent(member, cohort, setup, options, e => log.WriteLine(
                    $"{clock.Elapsed:mm\\:ss} {member.FileName} epoch {e.Epoch,2} loss {e.FitLoss:F4} held {e.HeldLoss:F4} AUROC(48 h) {e.HeldAuroc48:F4}"), cancellation)
                : Encoding.ASCII.GetBytes((trees ??= Trees(cohort, setup, options)).Train(member, cancellation));
            File.WriteAllBytes(path, bytes);
            log.WriteLine($"{clock.Elapsed:mm\\:ss} {member.FileName} done");
        }
    }

    private static byte[] Recurrent(Member member, IcuCohort cohort, EnsembleSetup setup, TrainingOptions options, Action<EpochRecord> report, CancellationToken cancellation)
    {
        var held = cohort.Stays.Where(s => IcuFolds.Of(s.Stay.RecordId) == member.HeldFold).ToList();
        var fit = cohort.Stays.Where(s => IcuFolds.Of(s.Stay.RecordId) != member.HeldFold).ToList();
        var watched = IcuCohort.Landmarks.Select(hour => setup.Encoder.EncodeAt(held, hour)).ToArray();
        var trainer = new RecurrentTrainer(options, setup.Encoder, setup.Scaling, setup.Baselines);
        using var network = trainer.Train(member.SeedOf(options.Seed), fit, watched, report, cancellation);
        return NetworkWeights.Of(network).ToBytes();
    }

    private static TreeTrainer Trees(IcuCohort cohort, EnsembleSetup setup, TrainingOptions options)
    {
        using var aggregates = new AggregateReader(setup.Manifest);
        return new TreeTrainer(options, setup.Encoder, aggregates, cohort.Stays);
    }
}

/// <summary>What all members share: the inputs' baselines and scaling.</summary>
/// <remarks>
/// Medians, means and spreads of the inputs over all stays at 48 hours. They hold no outcome, and one graph can have only one of each;
/// so a held stay has a share of one in eight thousand in them.
/// </remarks>
internal sealed record EnsembleSetup(ModelManifest Manifest, SharedEncoder Encoder, InputScaling Scaling, float[] Baselines)
{
    public static EnsembleSetup Of(IcuCohort cohort)
    {
        var draft = IcuManifest.Draft(Member.All.Count);
        var manifest = InputStatistics.WithBaselines(draft, new SharedEncoder(draft).EncodeAt(cohort.Stays, 48));
        var encoder = new SharedEncoder(manifest);
        return new EnsembleSetup(
            manifest,
            encoder,
            InputStatistics.Scaling(manifest, encoder.EncodeAt(cohort.Stays, 48)),
            [.. manifest.Variables.Where(v => v.Use == "series").Select(v => (float)v.Baseline)]);
    }
}
