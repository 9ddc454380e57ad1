using MedAI.Training;
using MedAI.Training.Icu;
using MedAI.Training.Icu2012;

const string Usage = """
    icu-mortality --data FOLDER --out PACKAGE [--seed N] [--members N] [--epochs N] [--threads N]
        trains the model on PhysioNet/CinC 2012 stays and writes the model package
    score --data FOLDER --model PACKAGE --out FILE.csv [--at HOURS]
        writes RecordID,risk with a finished package
    evaluate --data FOLDER --model PACKAGE [--at HOURS]
        prints AUROC and AUPRC with a finished package, at 6, 12, 24 and 48 h unless told

    FOLDER holds set-*/*.txt and Outcomes-*.txt, or the *.tar.xz of them.
    """;

try
{
    var line = new CommandLine(args);
    switch (line.Command)
    {
        case "icu-mortality":
            Train(line);
            return 0;
        case "chest-experiment":
            MedAI.Training.Chest.ChestExperiment.Run(line.Required("data"), line.Optional("set") ?? "", line.Whole("seed", 1), Console.Out);
            return 0;
        case "chest-train":
            MedAI.Training.Chest.ChestTraining.Run(line.Required("data"), line.Required("work"), line.Whole("threads", 2), Console.Out, CancellationToken.None);
            return 0;
        case "chest-export":
            MedAI.Training.Chest.ChestExport.Run(line.Required("data"), line.Required("work"), line.Required("out"), Console.Out);
            return 0;
        case "score":
            Score(line);
            return 0;
        case "evaluate":
            Evaluate(line);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return line.Command is "" or "help" or "--help" ? 0 : 2;
    }
}
catch (Exception e) when (e is FormatException or IOException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static void Train(CommandLine line)
{
    var usual = new TrainingOptions();
    var data = line.Required("data");
    var output = line.Required("out");
    var options = usual with
    {
        Seed = line.Whole("seed", usual.Seed),
        Members = line.Whole("members", usual.Members),
        MaximumEpochs = line.Whole("epochs", usual.MaximumEpochs),
        Threads = line.Whole("threads", usual.Threads),
    };
    line.Done();
    MortalityTraining.Run(data, output, options, Console.Out);
}

static void Score(CommandLine line)
{
    var (data, package, output, hour) = (line.Required("data"), line.Required("model"), line.Required("out"), line.Whole("at", 48));
    line.Done();
    using var folder = IcuStayFolder.Open(data);
    MortalityScoring.WriteCsv(output, MortalityScoring.Score(folder.ReadAll(), package, hour));
}

static void Evaluate(CommandLine line)
{
    var (data, package, at) = (line.Required("data"), line.Required("model"), line.Whole("at", 0));
    line.Done();
    using var folder = IcuStayFolder.Open(data);
    var stays = folder.ReadAll();
    foreach (var hour in at > 0 ? [at] : MemberTrainer.Landmarks)
        MortalityScoring.Evaluate(MortalityScoring.Score(stays, package, hour), hour, Console.Out);
}
