using MedAI.Training.Icu;

namespace MedAI.Training.Cli;

/// <summary>Makes icu-mortality.</summary>
internal sealed class IcuMortalityRecipe : IModelRecipe
{
    public string Id => "icu-mortality";

    public string Usage => "PhysioNet/CinC 2012 stays (set-*/*.txt with Outcomes-*.txt, or the *.tar.xz of them); train takes --seed N, --epochs N";

    public void Train(TrainContext context) => MortalityTraining.Run(context, Options(context));

    public void Export(TrainContext context) => MortalityPackage.Write(context, Options(context));

    private static TrainingOptions Options(TrainContext context)
    {
        var usual = new TrainingOptions();
        var options = usual with
        {
            Seed = context.Options.Whole("seed", usual.Seed),
            Epochs = context.Options.Whole("epochs", usual.Epochs),
            Threads = context.Threads,
        };
        context.Options.Done();
        return options;
    }

    /// <summary>The last epoch of every network and the end of every member.</summary>
    public IReadOnlyList<string> Summary(IReadOnlyList<string> log) =>
        [.. log.Where((line, i) => line.EndsWith(" done", StringComparison.Ordinal) || (i + 1 < log.Count && line.Contains(" epoch ", StringComparison.Ordinal) && log[i + 1].EndsWith(" done", StringComparison.Ordinal)))];
}
