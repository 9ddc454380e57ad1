using MedAI.Training.Evaluation.Cards;
using MedAI.Training.Evaluation.Icu;
using MedAI.Training.Icu2012;

namespace MedAI.Training.Cli;

/// <summary>The verbs of the command line. Each returns the exit code; what a user can do wrong is thrown with a message of one line.</summary>
internal static class Commands
{
    private const string LogName = "training.log";
    private const int UsualThreads = 2;
    private const string Project = "dotnet run -c Release --project training/MedAI.Training --";

    public static string Usage { get; } = $"""
        train PACKAGE --data FOLDER --work FOLDER [--threads N] [--device cpu|cuda]
            fits the model; the same command goes on where an interrupted one stopped
        export PACKAGE --data FOLDER --work FOLDER --out FOLDER [--threads N]
            writes manifest, graph and golden vectors
        evaluate PACKAGE --data FOLDER --model FOLDER [--work FOLDER] [--check] [--unseen yes]
            measures the finished files and writes evaluation.json, report, plots and model card;
            with --check writes nothing and fails when a published figure is not what the files give;
            with --unseen yes measures on data that no training used and only prints (icu-mortality)
        card PACKAGE --model FOLDER
            writes report, plots and model card again from evaluation.json
        score --data FOLDER --model FOLDER --out FILE.csv [--at HOURS]
            writes RecordID,risk with a finished icu-mortality package

        packages and their data:
        {string.Join(Environment.NewLine, ModelRecipes.All.Select(r => $"    {r.Id}: {r.Usage}"))}
        """;

    public static int Train(CommandLine line, TimeProvider time, CancellationToken cancellation)
    {
        var recipe = ModelRecipes.Find(line.Package);
        var work = line.Required("work");
        Directory.CreateDirectory(work);
        using var log = Log(work);
        var context = Context(line, log, time, work, cancellation);
        var start = time.GetTimestamp();
        try
        {
            recipe.Train(context);
        }
        finally
        {
            TrainingTime.Add(work, time.GetElapsedTime(start));
        }

        var record = new TrainingRecord(
            $"{Project} train {recipe.Id} --data FOLDER --work WORK\n{Project} export {recipe.Id} --data FOLDER --work WORK --out PACKAGE",
            TrainingTime.Of(work),
            Hardware.Describe(context.Threads, context.Device),
            recipe.Summary(File.ReadAllLines(Path.Combine(work, LogName))));
        File.WriteAllBytes(Path.Combine(work, EvaluationFile.TrainingName), EvaluationFile.ToUtf8(record));
        return 0;
    }

    public static int Export(CommandLine line, TimeProvider time, CancellationToken cancellation)
    {
        var recipe = ModelRecipes.Find(line.Package);
        var (work, output) = (line.Required("work"), line.Required("out"));
        if (!Directory.Exists(work))
            throw new DirectoryNotFoundException($"No folder '{work}': run train first.");
        using var log = Log(work);
        recipe.Export(Context(line, log, time, work, cancellation) with { Output = output });
        return 0;
    }

    public static int Evaluate(CommandLine line, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var id = line.Package;
        var evaluation = PackageEvaluations.Find(ModelRecipes.Find(id).Id) ?? throw new InvalidOperationException($"{id} cannot be evaluated.");
        var (data, package, work, check) = (line.Required("data"), line.Required("model"), line.Optional("work"), line.Flag("check"));
        var unseen = line.Optional("unseen") == "yes";
        line.Done();
        if (unseen)
        {
            evaluation = evaluation is IcuEvaluation ? new IcuEvaluation(unseen: true) : throw new FormatException($"Option --unseen is not known to {id}.");
            check = false;
        }

        var manifest = PackageDocuments.ReadManifest(package);
        if (manifest.Id != evaluation.ModelId)
            throw new InvalidDataException($"'{package}' holds {manifest.Id}, not {evaluation.ModelId}.");
        var published = EvaluationFile.Read(package);
        if (check && published is null)
            throw new InvalidDataException($"'{package}' holds no {EvaluationFile.Name}.");
        var measured = evaluation.Evaluate(data, package, cancellation);
        foreach (var figure in measured.Figures)
            output.WriteLine(FormattableString.Invariant($"{figure.Id,-36} {figure.Value:0.0000}{(figure.Low is { } low ? FormattableString.Invariant($"  {low:0.0000} to {figure.High:0.0000}") : "")}  {figure.Title}"));
        if (unseen)
            return 0;
        if (check)
            return Check(package, manifest, published!, measured, output, error);
        // How a package was trained cannot be measured: from the work folder, else what was known before.
        var training = work is null ? null : EvaluationFile.ReadTraining(work) ?? throw new InvalidDataException($"'{work}' holds no {EvaluationFile.TrainingName}: run train first.");
        measured = measured with { Training = training ?? published?.Training };
        File.WriteAllBytes(Path.Combine(package, EvaluationFile.Name), EvaluationFile.ToUtf8(measured));
        PackageDocuments.Write(package, manifest, measured, Words(manifest.Id));
        output.WriteLine($"wrote {EvaluationFile.Name}, report, plots and model card to {package}");
        return 0;
    }

    public static int Card(CommandLine line, TextWriter output)
    {
        var id = ModelRecipes.Find(line.Package).Id;
        var package = line.Required("model");
        line.Done();
        var manifest = PackageDocuments.ReadManifest(package);
        if (manifest.Id != id)
            throw new InvalidDataException($"'{package}' holds {manifest.Id}, not {id}.");
        _ = PackageDocuments.ModelHash(package, manifest);
        var evaluation = EvaluationFile.Read(package) ?? throw new InvalidDataException($"'{package}' holds no {EvaluationFile.Name}: run evaluate first.");
        PackageDocuments.Write(package, manifest, evaluation, Words(id));
        output.WriteLine($"wrote report, plots and model card to {package}");
        return 0;
    }

    public static int Score(CommandLine line)
    {
        var (data, package, file, hour) = (line.Required("data"), line.Required("model"), line.Required("out"), line.Whole("at", 48));
        line.Done();
        _ = PackageDocuments.ReadManifest(package);
        using var folder = IcuStayFolder.Open(data);
        MortalityScoring.WriteCsv(file, MortalityScoring.Score(folder.ReadAll(), package, hour));
        return 0;
    }

    private static int Check(
        string package, Models.Packages.ModelManifest manifest, EvaluationResult published, EvaluationResult measured, TextWriter output, TextWriter error)
    {
        var path = Path.Combine(package, manifest.Files.ModelCard.Path);
        if (!File.Exists(path))
            throw new InvalidDataException($"'{package}' holds no {manifest.Files.ModelCard.Path}.");
        var lines = EvaluationCheck.Differences(published, measured)
            .Concat(EvaluationCheck.Differences(manifest, measured))
            .Concat(EvaluationCheck.Differences(ModelCardFile.Parse(File.ReadAllBytes(path)), published))
            .ToArray();
        foreach (var difference in lines)
            error.WriteLine(difference);
        output.WriteLine(lines.Length == 0 ? "every published figure is what the files give" : $"{lines.Length} differences");
        return lines.Length == 0 ? 0 : 1;
    }

    private static ICardTextSource Words(string id) => CardTextSources.Find(id) ?? throw new InvalidOperationException($"There are no words for the card of {id}.");

    private static TeeWriter Log(string work) => new(Console.Out, new StreamWriter(Path.Combine(work, LogName), append: true));

    private static TrainContext Context(CommandLine line, TextWriter log, TimeProvider time, string work, CancellationToken cancellation) => new()
    {
        Data = line.Required("data"),
        Work = work,
        Threads = line.Whole("threads", UsualThreads),
        Device = TorchDevice.Known(line.Optional("device") ?? TorchDevice.Cpu),
        Options = line,
        Log = log,
        Time = time,
        Cancellation = cancellation,
    };
}
