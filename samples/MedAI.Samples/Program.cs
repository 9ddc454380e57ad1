using MedAI.Samples;
using MedAI.Samples.Stays;

string folder = "samples";
long seed = SampleStays.DefaultSeed;
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--out" && i + 1 < args.Length)
        folder = args[++i];
    else if (args[i] == "--seed" && i + 1 < args.Length && long.TryParse(args[i + 1], out seed))
        i++;
    else
    {
        Console.Error.WriteLine("Usage: MedAI.Samples [--out <folder>] [--seed <number>]");
        return 2;
    }
}
SampleFiles.Write(folder, seed);
Console.WriteLine($"{SampleFiles.Make(seed).Count} files written to {folder}.");
return 0;
