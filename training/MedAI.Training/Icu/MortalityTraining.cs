using System.Diagnostics;
using System.Globalization;
using System.Text;
using MedAI.Models.Packages;
using MedAI.Training.Cli;
using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Libtorch;
using MedAI.Training.Trees;

namespace MedAI.Training.Icu;

/// <summary>Fits every member of the ensemble on the folds that it may see and leaves the weights in a work folder.</summary>
internal static class MortalityTraining
{
    /// <summary>Members that are already in the work folder are kept, so that an interrupted run goes on where it stopped.</summary>
    public static void Run(TrainContext context, TrainingOptions options)
    {
        var clock = Stopwatch.StartNew();
        // The number of threads changes the time and not what is fitted.
        var checkpoints = context.OpenCheckpoints(options with { Threads = 0 });
        LightGbmLibrary.Load();
        TorchDevice.Use(context.Device, options.Threads);
        LibtorchLoader.Load(options.Threads);
        var cohort = IcuCohort.Load(context.Data);
        context.Log.WriteLine($"{clock.Elapsed:mm\\:ss} read {cohort.Read} stays, {cohort.Stays.Count} with an outcome and at least one measurement");
        var setup = EnsembleSetup.Of(cohort);
        TreeTrainer? trees = null;
        // A tree member takes about as long as six epochs.
        const int TreeSteps = 6;
        using var progress = context.Progress("icu-mortality", Member.All.Sum(Steps));
        long done = 0;
        foreach (var member in Member.All)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            progress.Report(done, member.FileName);
            if (!checkpoints.Has(member.FileName))
            {
                checkpoints.Write(member.FileName, member.Kind == MemberKind.Recurrent
                    ? Recurrent(member, cohort, setup, options, epoch => Watch(context.Log, clock, member, epoch, () => progress.Report(done + epoch.Epoch, member.FileName)), context.Cancellation)
                    : Encoding.ASCII.GetBytes((trees ??= Trees(cohort, setup, options)).Train(member, context.Cancellation)));
                context.Log.WriteLine($"{clock.Elapsed:mm\\:ss} {member.FileName} done");
            }

            done += Steps(member);
            progress.Report(done, member.FileName);
        }

        int Steps(Member member) => member.Kind == MemberKind.Recurrent ? options.Epochs : TreeSteps;
    }

    private static void Watch(TextWriter log, Stopwatch clock, Member member, EpochRecord epoch, Action show)
    {
        if (!double.IsNaN(epoch.HeldLoss))
        {
            log.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{clock.Elapsed:mm\\:ss} {member.FileName} epoch {epoch.Epoch,2} loss {epoch.FitLoss:F4} held {epoch.HeldLoss:F4} AUROC(48 h) {epoch.HeldAuroc48:F4}"));
        }

        show();
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
