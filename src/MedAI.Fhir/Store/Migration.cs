using System.Globalization;
using System.Reflection;

namespace MedAI.Fhir.Store;

/// <summary>One step from a schema to the next. The same numbers mean the same schema on every database.</summary>
internal sealed record Migration(int Version, string Sql)
{
    public static readonly IReadOnlyList<Migration> OfSqlite = Read("MedAI.Fhir.Store.Migrations.");

    public static readonly IReadOnlyList<Migration> OfPostgres = Read("MedAI.Fhir.Store.Postgres.Migrations.");

    private static List<Migration> Read(string prefix)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var found = new List<Migration>();
        foreach (string name in assembly.GetManifestResourceNames())
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            found.Add(new Migration(int.Parse(Path.GetFileNameWithoutExtension(name[prefix.Length..]), CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }
        found.Sort((a, b) => a.Version.CompareTo(b.Version));
        return found;
    }
}
