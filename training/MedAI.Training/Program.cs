using MedAI.Training;
using MedAI.Training.Cli;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, signal) =>
{
    // The first time the run ends at the next safe place; the second time at once.
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};
return Run(args, stop.Token);

static int Run(string[] words, CancellationToken cancellation)
{
    try
    {
        var line = new CommandLine(words, "check");
        switch (line.Verb)
        {
            case "train":
                return Commands.Train(line, TimeProvider.System, cancellation);
            case "export":
                return Commands.Export(line, TimeProvider.System, cancellation);
            case "evaluate":
                return Commands.Evaluate(line, Console.Out, Console.Error, cancellation);
            case "card":
                return Commands.Card(line, Console.Out);
            case "score":
                return Commands.Score(line);
            default:
                Console.Error.WriteLine(Commands.Usage);
                return line.Verb is "" or "help" or "--help" ? 0 : 2;
        }
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("Stopped. The same command goes on where this one stopped.");
        return 130;
    }
    catch (Exception e) when (UserError.Of(e) is { } message)
    {
        Console.Error.WriteLine(message);
        return 1;
    }
}
