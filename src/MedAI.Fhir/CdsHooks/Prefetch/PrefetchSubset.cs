using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MedAI.Fhir.CdsHooks.Prefetch;

/// <summary>What a template in place of a generated one may ask: CDS Hooks' recommended subset of search, for the context patient.</summary>
/// <remarks>
/// Source: CDS Hooks 2.0.1 "Prefetch query restrictions": instance reads, searches by type with references, tokens by equality or <c>:in</c>, dates with eq, lt, gt, ge, le,
/// <c>_count</c> and <c>_sort</c>. Closed: a parameter that FHIR R4 does not define for the type is a fault that is found before a client sees the template.
/// </remarks>
public static partial class PrefetchSubset
{
    private enum Parameter
    {
        Reference,
        Token,
        Date,
    }

    /// <summary>Resource type by prefetch key.</summary>
    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [PrefetchTemplates.Patient] = "Patient",
        [PrefetchTemplates.Encounter] = "Encounter",
        [PrefetchTemplates.Locations] = "Location",
        [PrefetchTemplates.VitalSigns] = "Observation",
        [PrefetchTemplates.Laboratory] = "Observation",
        [PrefetchTemplates.Codes] = "Observation",
        [PrefetchTemplates.Lasting] = "Observation",
        [PrefetchTemplates.Procedures] = "Procedure",
        [PrefetchTemplates.ImagingStudies] = "ImagingStudy",
        [PrefetchTemplates.ImagingStudy] = "ImagingStudy",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, FrozenDictionary<string, Parameter>> Parameters = new Dictionary<string, FrozenDictionary<string, Parameter>>
    {
        ["Patient"] = Of("", "_id", ""),
        ["Encounter"] = Of("patient subject location", "_id status class type", "date"),
        ["Location"] = Of("partof organization", "_id type status operational-status", ""),
        ["Observation"] = Of("patient subject encounter", "_id status category code", "date"),
        ["Procedure"] = Of("patient subject encounter", "_id status category code", "date"),
        ["ImagingStudy"] = Of("patient subject encounter", "_id status modality identifier", "started"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Tokens of CDS Hooks 2.0 in the contexts that this server answers.</summary>
    private static readonly FrozenSet<string> Fields = new[]
    {
        "context.userId", "context.patientId", "context.encounterId", "context.imagingStudyId", "userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKey(string key) => Types.ContainsKey(key);

    /// <summary>What is wrong with a template for a key; null when all is well.</summary>
    /// <param name="simplerFhirPath">True for a client of CDS Hooks 3.0; others know root-level context fields alone.</param>
    public static string? Problem(string key, string text, bool simplerFhirPath)
    {
        if (!Types.TryGetValue(key, out string? type))
            return "is no prefetch key of this server";
        if (PrefetchTemplate.TryRead(text) is not { } template)
            return "is no template: a relative URL with tokens between {{ and }}";
        if (!simplerFhirPath && template.Tokens.Any(t => t.Simple is not { } simple || !Fields.Contains(simple)))
            return $"has a token that CDS Hooks 2.0 does not know; allowed are {string.Join(", ", Fields.Order(StringComparer.Ordinal))}";
        if (template.Keys.FirstOrDefault(k => Order(k) < 0 || Order(k) >= Order(key)) is { } later)
            return $"needs the value of \"{later}\", which is no prefetch key that stands before it";
        // A token holds neither ? nor & nor =.
        string plain = Token().Replace(text, m => $"{{{Token(m)}}}");
        string[] parts = plain.Split('?');
        if (parts.Length == 1)
            return key switch
            {
                PrefetchTemplates.Patient => plain == "Patient/{context.patientId}" ? null : "must read Patient/{{context.patientId}}",
                PrefetchTemplates.ImagingStudy => plain == "ImagingStudy/{context.imagingStudyId}" ? null : "must read ImagingStudy/{{context.imagingStudyId}}",
                _ => "must be a search",
            };
        if (parts.Length > 2 || parts[0] != type)
            return $"must ask for {type}";
        bool bound = type == "Location";
        foreach (string pair in parts[1].Split('&'))
        {
            if (pair.Split('=', 2) is not [var name, { Length: > 0 } value])
                return "has a parameter without a value";
            if (Fault(type, name, value) is { } fault)
                return fault;
            bound |= (name, value) is ("patient" or "subject", "{context.patientId}" or "Patient/{context.patientId}") || (type == "Patient" && (name, value) == ("_id", "{context.patientId}"));
        }
        return bound ? null : "must name the context patient: patient={{context.patientId}}";
    }

    private static string? Fault(string type, string name, string value)
    {
        var known = Parameters[type];
        switch (name)
        {
            case "_count":
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 10_000 ? null : "has a _count outside 1..10000";
            case "_sort":
                return value.Split(',').All(s => known.ContainsKey(s.TrimStart('-'))) ? null : "sorts by something that is no parameter of its type";
        }
        string[] parts = name.Split(':');
        if (!known.TryGetValue(parts[0], out var kind))
            return $"has the parameter \"{parts[0]}\", which is not in the allowed subset for {type}";
        if (parts.Length > 1 && (kind != Parameter.Token || parts is not [_, "in"]))
            return $"has a modifier on \"{parts[0]}\"; only :in on a token parameter is allowed";
        if (kind == Parameter.Date && !DateValue().IsMatch(value))
            return $"has a date in \"{name}\" without one of the prefixes eq, lt, gt, ge, le";
        return null;
    }

    /// <summary>Place of a key in what a service publishes; -1 for none.</summary>
    private static int Order(string key) => PrefetchTemplates.InOrder.IndexOf(key);

    private static string Token(Match match) => match.Groups["token"].Value.Trim();

    private static FrozenDictionary<string, Parameter> Of(string references, string tokens, string dates)
    {
        var all = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (names, kind) in new[] { (references, Parameter.Reference), (tokens, Parameter.Token), (dates, Parameter.Date) })
        {
            foreach (string name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                all.Add(name, kind);
        }
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\{\{(?<token>[^}]*)\}\}", RegexOptions.CultureInvariant, 200)]
    private static partial Regex Token();

    [GeneratedRegex(@"^(eq|lt|gt|ge|le)(\{[^}]+\}|[0-9]{4}(-[0-9]{2}){0,2}(T[0-9:.]+(Z|[+\-][0-9:]+))?)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex DateValue();
}
