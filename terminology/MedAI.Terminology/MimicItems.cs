namespace MedAI.Terminology;

/// <summary>A local code, its label and what it means.</summary>
/// <param name="Comment">Why the meaning is not exact; FHIR asks for it where the target is narrower or inexact.</param>
public sealed record MapElement(string Code, string Display, string Target, string Equivalence, string? Comment = null);

public sealed record MapGroup(string Source, string Target, IReadOnlyList<MapElement> Elements);

/// <summary>Meanings of MIMIC-IV item ids, from the mapping tables of mimic-code and a few refinements of our own.</summary>
public static class MimicItems
{
    private const string Loinc = "http://loinc.org";
    private const string Snomed = "http://snomed.info/sct";
    private const string Items = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-d-items";
    private const string LabItems = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-d-labitems";
    private const string Units = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-units";

    /// <summary>Where the table's target says less than the item's label: the label names the arterial line, the cuff, or urine.</summary>
    private static readonly Dictionary<string, string> Refined = new(StringComparer.Ordinal)
    {
        // Arterial line.
        ["220050"] = "76215-3",
        ["220051"] = "76213-8",
        ["220052"] = "76214-6",
        ["225309"] = "76215-3",
        ["225310"] = "76213-8",
        ["225312"] = "76214-6",
        // Measured by hand with a cuff.
        ["224167"] = "76534-7",
        ["227243"] = "76534-7",
        ["224643"] = "76535-4",
        ["227242"] = "76535-4",
        // An ileal conduit and ureteral stents drain urine.
        ["226584"] = "9187-6",
        ["226557"] = "9187-6",
        ["226558"] = "9187-6",
        // Invasive ventilation is a kind of artificial ventilation.
        ["225792"] = "40617009",
    };

    private static readonly Dictionary<string, string> Inexact = new(StringComparer.Ordinal)
    {
        ["226619"] = "a drain whose content is not stated",
        ["226620"] = "a drain whose content is not stated",
        ["227701"] = "a bag whose content is not stated",
        ["226566"] = "urine and irrigation fluid together",
        ["227489"] = "urine and irrigation fluid together",
    };

    private static readonly (string Local, string Ucum)[] UnitCodes =
    [
        ("ml", "mL"), ("mL", "mL"), ("L", "L"), ("mmHg", "mm[Hg]"), ("mm Hg", "mm[Hg]"), ("bpm", "/min"), ("insp/min", "/min"), ("%", "%"),
        ("°F", "[degF]"), ("°C", "Cel"), ("?F", "[degF]"), ("?C", "Cel"), ("kg", "kg"), ("lbs", "[lb_av]"), ("cm", "cm"), ("Inch", "[in_i]"),
        ("mEq/L", "meq/L"), ("mmol/L", "mmol/L"), ("mg/dL", "mg/dL"), ("g/dL", "g/dL"), ("IU/L", "[IU]/L"), ("U/L", "U/L"), ("ng/mL", "ng/mL"),
        ("K/uL", "10*3/uL"), ("units", "[pH]"), ("umol/L", "umol/L"), ("ug/dL", "ug/dL"), ("pg/mL", "pg/mL"),
    ];

    public static IReadOnlyList<MapGroup> Read(string folder)
    {
        var observations = ReadPredicates(Path.Combine(folder, "chartevents_to_loinc.csv"), "loinc:")
            .Concat(ReadOmop(Path.Combine(folder, "outputevents_to_loinc.csv")))
            .ToList();
        var laboratory = ReadOmop(Path.Combine(folder, "d_labitems_to_loinc.csv")).ToList();
        var known = laboratory.Select(e => e.Code).ToHashSet(StringComparer.Ordinal);
        foreach (var row in CsvTable.Read(Path.Combine(folder, "lab_itemid_to_loinc.csv")).Rows())
        {
            if (row("loinc").Length > 0 && known.Add(row("itemid")))
                laboratory.Add(new MapElement(row("itemid"), row("label"), row("loinc"), "equivalent"));
        }
        return
        [
            new(Items, Loinc, Sorted(observations)),
            new(Items, Snomed, Sorted(ReadPredicates(Path.Combine(folder, "procedureevents_to_snomed.csv"), "snomed:"))),
            new(LabItems, Loinc, Sorted(laboratory)),
            new(Units, "http://unitsofmeasure.org", [.. UnitCodes.Select(u => new MapElement(u.Local, u.Local, u.Ucum, "equivalent"))]),
        ];
    }

    private static IReadOnlyList<MapElement> Sorted(IEnumerable<MapElement> elements) =>
        [.. elements.DistinctBy(e => e.Code).OrderBy(e => e.Code, StringComparer.Ordinal)];

    /// <summary>Tables in the simple standard for sharing ontology mappings; rows of other hospitals are left out.</summary>
    private static IEnumerable<MapElement> ReadPredicates(string file, string target)
    {
        foreach (var row in CsvTable.Read(file).Rows())
        {
            if (!row("subject_id").StartsWith("mimic:", StringComparison.Ordinal) || !row("object_id").StartsWith(target, StringComparison.Ordinal))
                continue;
            bool exact = row("predicate_id") == "skos:exactMatch";
            yield return Refine(row("subject_id")["mimic:".Length..], row("subject_label"), row("object_id")[target.Length..], exact, "a close match in the table");
        }
    }

    /// <summary>Tables with OMOP columns: an empty confidence is a settled mapping, 0 a rejected one.</summary>
    private static IEnumerable<MapElement> ReadOmop(string file)
    {
        foreach (var row in CsvTable.Read(file).Rows())
        {
            string confidence = row("sssom_confidence");
            if (row("omop_concept_code").Length == 0 || confidence == "0")
                continue;
            yield return Refine(row("itemid (omop_source_code)"), row("label"), row("omop_concept_code"), confidence is "" or "1", "a mapping of low confidence in the table");
        }
    }

    private static MapElement Refine(string code, string label, string target, bool exact, string comment)
    {
        if (Inexact.TryGetValue(code, out string? why))
            return new MapElement(code, label, target, "inexact", why);
        if (Refined.TryGetValue(code, out string? refined))
            return new MapElement(code, label, refined, "wider");
        return exact ? new MapElement(code, label, target, "equivalent") : new MapElement(code, label, target, "inexact", comment);
    }
}
