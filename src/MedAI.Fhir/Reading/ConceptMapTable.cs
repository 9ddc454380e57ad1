using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>A standard code that a local code means.</summary>
public sealed class MappedCode
{
    internal MappedCode(string system, string code)
    {
        System = system;
        Code = code;
        SystemUtf8 = Encoding.UTF8.GetBytes(system);
        CodeUtf8 = Encoding.UTF8.GetBytes(code);
    }

    public string System { get; }

    public string Code { get; }

    internal byte[] SystemUtf8 { get; }

    internal byte[] CodeUtf8 { get; }
}

/// <summary>Why a ConceptMap could not be used; found at startup.</summary>
/// <param name="File">File name without its folder.</param>
/// <param name="Detail">Fixed words.</param>
public sealed record ConceptMapProblem(string File, string Detail);

/// <summary>Meanings of local codes, from FHIR R4 ConceptMap resources: observation codes to LOINC, locations to HSLOC, procedures to SNOMED CT, units to UCUM.</summary>
/// <remarks>
/// A target is used only where the source is it or a kind of it: equivalence equal, equivalent, wider or subsumes. A narrower, inexact or
/// merely related target would say more than the source did. Immutable and thread safe; searching by UTF-8 does not allocate.
/// </remarks>
public sealed class ConceptMapTable
{
    private readonly (byte[] System, Dictionary<byte[], MappedCode[]> Codes, Dictionary<byte[], MappedCode[]>.AlternateLookup<ReadOnlySpan<byte>> Lookup)[] _systems;

    private ConceptMapTable(Dictionary<string, Dictionary<byte[], MappedCode[]>> systems)
    {
        _systems = [.. systems.OrderBy(s => s.Key, StringComparer.Ordinal)
            .Select(s => (Encoding.UTF8.GetBytes(s.Key), s.Value, s.Value.GetAlternateLookup<ReadOnlySpan<byte>>()))];
        Count = systems.Values.Sum(codes => codes.Count);
        Systems = [.. systems.Keys.Order(StringComparer.Ordinal)];
    }

    public static ConceptMapTable Empty { get; } = new([]);

    /// <summary>Folder of the maps that are shipped beside the program.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "terminology", "conceptmaps");

    /// <summary>Local codes that have a usable meaning.</summary>
    public int Count { get; }

    /// <summary>Local code systems, in order.</summary>
    public IReadOnlyList<string> Systems { get; }

    /// <summary>Reads ConceptMaps: a file, or every <c>*.json</c> of a folder in name order; a later place's meaning of a code replaces an earlier one's.</summary>
    /// <returns>The table of everything that was usable, and what was not. A place that does not exist is a problem.</returns>
    public static (ConceptMapTable Table, IReadOnlyList<ConceptMapProblem> Problems) Load(params IReadOnlyList<string> places)
    {
        var systems = new Dictionary<string, Dictionary<byte[], MappedCode[]>>(StringComparer.Ordinal);
        var problems = new List<ConceptMapProblem>();
        foreach (string place in places)
        {
            bool single = File.Exists(place);
            if (!single && !Directory.Exists(place))
            {
                problems.Add(new ConceptMapProblem(Path.GetFileName(place), "file or folder not found"));
                continue;
            }
            var read = new Dictionary<string, Dictionary<byte[], MappedCode[]>>(StringComparer.Ordinal);
            foreach (string file in single ? (IEnumerable<string>)[place] : Directory.EnumerateFiles(place, "*.json").Order(StringComparer.Ordinal))
                Add(read, Path.GetFileName(file), File.ReadAllBytes(file), problems);
            foreach (var (system, codes) in read)
            {
                if (!systems.TryGetValue(system, out var merged))
                    systems.Add(system, merged = new(Utf8Comparer.Instance));
                foreach (var (code, targets) in codes)
                    merged[code] = targets;
            }
        }
        return (new ConceptMapTable(systems), problems);
    }

    /// <summary>Reads ConceptMap resources from memory.</summary>
    public static (ConceptMapTable Table, IReadOnlyList<ConceptMapProblem> Problems) Read(params IReadOnlyList<ReadOnlyMemory<byte>> conceptMaps)
    {
        var systems = new Dictionary<string, Dictionary<byte[], MappedCode[]>>(StringComparer.Ordinal);
        var problems = new List<ConceptMapProblem>();
        for (int i = 0; i < conceptMaps.Count; i++)
            Add(systems, $"[{i}]", conceptMaps[i], problems);
        return (new ConceptMapTable(systems), problems);
    }

    /// <summary>What a local code means; empty when it is not mapped.</summary>
    public IReadOnlyList<MappedCode> Find(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code) => Search(system, code);

    /// <summary>The same by strings.</summary>
    public IReadOnlyList<MappedCode> Find(string system, string code) => Search(Encoding.UTF8.GetBytes(system), Encoding.UTF8.GetBytes(code));

    /// <summary>Local codes that mean a code of the target system.</summary>
    public IEnumerable<(string System, string Code, string Target)> SourcesOf(string targetSystem) =>
        from system in _systems
        from code in system.Codes
        from target in code.Value
        where target.System == targetSystem
        select (Encoding.UTF8.GetString(system.System), Encoding.UTF8.GetString(code.Key), target.Code);

    /// <summary>Ids of the variables that local codes reach, for the coverage report at startup.</summary>
    public IReadOnlySet<string> VariablesReached(VariableTable variables)
    {
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (_, codes, _) in _systems)
        {
            foreach (var target in codes.Values.SelectMany(targets => targets))
            {
                foreach (var code in variables.FindCodes(target.SystemUtf8, target.CodeUtf8))
                    reached.Add(code.Variable.Id);
                if (variables.FindProcedure(target.SystemUtf8, target.CodeUtf8) is { } state)
                    reached.Add(state.Id);
            }
        }
        return reached;
    }

    internal MappedCode[] Search(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code)
    {
        foreach (ref readonly var entry in _systems.AsSpan())
        {
            if (system.SequenceEqual(entry.System))
                return entry.Lookup.TryGetValue(code, out var targets) ? targets : [];
        }
        return [];
    }

    private static void Add(Dictionary<string, Dictionary<byte[], MappedCode[]>> systems, string name, ReadOnlyMemory<byte> json, List<ConceptMapProblem> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (!FhirJson.Is(FhirJson.Member(root, "resourceType"u8), "ConceptMap"u8))
            {
                problems.Add(new ConceptMapProblem(name, "not a ConceptMap"));
                return;
            }
            if (FhirJson.Is(FhirJson.Member(root, "status"u8), "retired"u8))
            {
                problems.Add(new ConceptMapProblem(name, "retired"));
                return;
            }
            foreach (var group in FhirJson.Items(FhirJson.Member(root, "group"u8)))
            {
                if (FhirJson.String(FhirJson.Member(group, "source"u8)) is not { } source || FhirJson.String(FhirJson.Member(group, "target"u8)) is not { } target)
                {
                    problems.Add(new ConceptMapProblem(name, "a group without source or target system"));
                    continue;
                }
                if (!systems.TryGetValue(source, out var codes))
                    systems.Add(source, codes = new(Utf8Comparer.Instance));
                foreach (var element in FhirJson.Items(FhirJson.Member(group, "element"u8)))
                    AddElement(codes, element, target);
            }
        }
        catch (JsonException)
        {
            problems.Add(new ConceptMapProblem(name, "not JSON"));
        }
    }

    private static void AddElement(Dictionary<byte[], MappedCode[]> codes, JsonElement element, string targetSystem)
    {
        byte[] code = FhirJson.Text(FhirJson.Member(element, "code"u8)).ToArray();
        if (code.Length == 0)
            return;
        var targets = codes.TryGetValue(code, out var known) ? known.ToList() : [];
        foreach (var target in FhirJson.Items(FhirJson.Member(element, "target"u8)))
        {
            var equivalence = FhirJson.Text(FhirJson.Member(target, "equivalence"u8));
            bool usable = equivalence.SequenceEqual("equal"u8) || equivalence.SequenceEqual("equivalent"u8)
                || equivalence.SequenceEqual("wider"u8) || equivalence.SequenceEqual("subsumes"u8);
            if (usable && FhirJson.String(FhirJson.Member(target, "code"u8)) is { } targetCode && !targets.Exists(t => t.Code == targetCode && t.System == targetSystem))
                targets.Add(new MappedCode(targetSystem, targetCode));
        }
        if (targets.Count > 0)
            codes[code] = [.. targets];
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static Utf8Comparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
