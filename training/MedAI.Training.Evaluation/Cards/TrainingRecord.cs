namespace MedAI.Training.Evaluation.Cards;

/// <summary>How a package was trained, as the training command saw it.</summary>
/// <param name="Command">The commands, one a line, with placeholders for folders.</param>
/// <param name="Seconds">Time on the clock of everything from reading the data to the finished weights.</param>
/// <param name="Hardware">Processor and threads in words.</param>
/// <param name="Log">What happened, for instance a line per member: epochs, kept epoch, loss.</param>
public sealed record TrainingRecord(string Command, double Seconds, string Hardware, IReadOnlyList<string> Log);
