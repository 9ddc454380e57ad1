using MedAI.Training.Chest;
using MedAI.Training.Evaluation.Chest;

namespace MedAI.Training.Cli;

/// <summary>Makes chest-xray-pneumonia.</summary>
internal sealed class ChestXrayRecipe : IModelRecipe
{
    public string Id => ChestXrayEvaluation.Id;

    public string Usage => $"{KermanyArchive.FileName}, {PneumoniaMnist.FileName} and, to evaluate, {MedNistPicture.FileName}";

    public void Train(TrainContext context)
    {
        context.Options.Done();
        Open(context);
        TorchDevice.Use(context.Device, context.Threads);
        using var progress = context.Progress("epochs", ChestTraining.AllEpochs);
        ChestTraining.Run(context.Data, context.Work, context.Threads, context.Log, progress.Report, context.Cancellation);
    }

    public void Export(TrainContext context)
    {
        context.Options.Done();
        Open(context);
        TorchDevice.Use(context.Device, context.Threads);
        ChestExport.Run(context.Data, context.Work, context.Output!, context.Threads, context.Log);
    }

    /// <summary>Looks for the archives first: a wrong folder may hold anything, and the fingerprint reads all of it.</summary>
    private static void Open(TrainContext context)
    {
        _ = ChestFolder.File(context.Data, KermanyArchive.FileName);
        _ = ChestFolder.File(context.Data, PneumoniaMnist.FileName);
        _ = context.OpenCheckpoints(ChestTraining.Recipes);
    }

    /// <summary>The last epoch of every network.</summary>
    public IReadOnlyList<string> Summary(IReadOnlyList<string> log) => [.. log.Where(line => line.EndsWith(ChestTraining.FinishedMark, StringComparison.Ordinal)).Distinct()];
}
