using MedAI.Terminology;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: MedAI.Terminology <folder with the mapping tables of mimic-code> <ConceptMap file to write>");
    return 2;
}
var map = MimicItems.Read(args[0]);
File.WriteAllText(args[1], ConceptMapText.Write(map));
Console.WriteLine($"{map.Sum(g => g.Elements.Count)} codes in {map.Count} groups written to {args[1]}");
return 0;
