using System.Globalization;
using System.Text;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Search;

namespace MedAI.Fhir.Auditing;

/// <summary>A search for AuditEvents as it was understood: R4's own parameters, refused where one is not known or cannot be used.</summary>
internal sealed class AuditSearch
{
    private static readonly string[] OutcomeCodes = ["0", "4", "8", "12"];

    /// <summary>Interaction by action, as <see cref="AuditEventWriter"/> writes them.</summary>
    private static readonly Dictionary<string, string[]> ByAction = new(StringComparer.Ordinal)
    {
        ["R"] = ["read", "vread", "history-instance"],
        ["C"] = ["create"],
        ["U"] = ["update"],
        ["D"] = ["delete"],
        ["E"] = ["search-type", "operation"],
    };

    private readonly List<FailureIssue> _issues = [];
    private readonly List<(string Name, string Value)> _used = [];
    private IReadOnlyList<string>? _interactions;
    private int _position;

    /// <summary>What the CapabilityStatement says about it.</summary>
    public static readonly IReadOnlyList<ServedInteraction> Served =
    [
        ServedInteraction.Of("AuditEvent", "read"),
        ServedInteraction.Of("AuditEvent", "search-type"),
        ServedInteraction.Search("AuditEvent", "_id", "token"),
        ServedInteraction.Search("AuditEvent", "_lastUpdated", "date"),
        ServedInteraction.Search("AuditEvent", "action", "token"),
        ServedInteraction.Search("AuditEvent", "agent", "reference"),
        ServedInteraction.Search("AuditEvent", "date", "date"),
        ServedInteraction.Search("AuditEvent", "entity", "reference"),
        ServedInteraction.Search("AuditEvent", "outcome", "token"),
        ServedInteraction.Search("AuditEvent", "patient", "reference"),
        ServedInteraction.Search("AuditEvent", "subtype", "token"),
    ];

    public AuditQuestion Question { get; private set; } = new() { Limit = AuditOptions.UsualCount };

    /// <summary>Parameters that were not known and are left out, each by <see cref="UnknownParameter.Named"/>.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>True where the number of events is asked for and none of them.</summary>
    public bool CountsOnly { get; private set; }

    /// <summary>True where their number is wanted beside a page of them, false where it is not; null: where one page holds them all, because counting may read the whole trail.</summary>
    public bool? CountsAll { get; private set; }

    /// <summary>Null where the search can be answered.</summary>
    public Failure? Failure { get; private set; }

    /// <param name="lenient">Unknown parameters are left out and said so, not refused.</param>
    public static AuditSearch Read(IQueryCollection query, string fhirBase, string? tenant, bool lenient)
    {
        var search = new AuditSearch();
        search.Question = search.Question with { Tenant = tenant };
        foreach (var (name, values) in query)
        {
            foreach (string? value in values)
                search.Take(name, value ?? "", fhirBase);
        }
        if (search._interactions is { } interactions)
            search.Question = search.Question with { Interactions = interactions.Count == 0 ? ["none"] : interactions };
        if (search.Unknown.Count > 0 && !lenient)
            search._issues.Add(new FailureIssue($"Not known: {string.Join(", ", search.Unknown)}. This search knows the parameters {string.Join(", ", Served.Where(s => s.SearchType is not null).Select(s => s.Code))}, _count, _total and _sort=-date.", "http.query"));
        search.Failure = search._issues.Count > 0 ? new Failure(FailureCode.InvalidParameter, search._issues) : null;
        return search;
    }

    /// <summary>The search as understood, with the place where the next page begins.</summary>
    public string AsQuery(string? before)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _used)
            text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        if (before is not null)
            text.Append(text.Length == 0 ? '?' : '&').Append("_before=").Append(before);
        return text.ToString();
    }

    private void Take(string name, string value, string fhirBase)
    {
        _position++;
        switch (name)
        {
            case "_format" or "_pretty" or "_elements":
                return;
            case "_summary":
                CountsOnly |= value == "count";
                return;
            case "_count":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
                    Fault("_count is a number from 0 on.", name);
                // R4: none of them is the count of all.
                CountsOnly |= count == 0;
                Question = Question with { Limit = Math.Clamp(count, 1, AuditOptions.MostCount) };
                break;
            case "_total":
                if (value is not ("none" or "estimate" or "accurate"))
                    Fault("_total is none, estimate or accurate.", name);
                CountsAll = value switch { "accurate" => true, "none" => false, _ => null };
                break;
            case "_before":
                if (!FhirId.IsValid(value))
                    Fault("_before is what a link of this server says.", name);
                Question = Question with { Before = value };
                return;
            case "_sort":
                if (value != "-date")
                    Fault("AuditEvents come newest first: _sort=-date.", name);
                break;
            case "_id":
                Question = Question with { Ids = value.Split(',') };
                break;
            case "patient":
                TakePatient(value, fhirBase);
                break;
            // An event is never changed: it was last updated when it was recorded.
            case "date" or "_lastUpdated":
                TakeDate(name, value);
                break;
            case "agent":
                Question = Question with { User = value };
                break;
            case "agent:identifier":
                Question = Question with { Client = value[(value.IndexOf('|', StringComparison.Ordinal) + 1)..] };
                break;
            case "entity":
                TakeEntity(value, fhirBase);
                break;
            case "outcome":
                string[] outcomes = Codes(value, "http://hl7.org/fhir/audit-event-outcome");
                if (outcomes.Except(OutcomeCodes).Any())
                    Fault("outcome takes 0, 4, 8 and 12.", name);
                Question = Question with { Outcomes = outcomes.Length == 0 ? ["none"] : outcomes };
                break;
            case "action":
                string[] actions = Codes(value, "http://hl7.org/fhir/audit-event-action");
                if (actions.Except(ByAction.Keys).Any())
                    Fault("action takes C, R, U, D and E.", name);
                Only([.. actions.Where(ByAction.ContainsKey).SelectMany(a => ByAction[a])]);
                break;
            case "subtype":
                string[] subtypes = Codes(value, "http://hl7.org/fhir/restful-interaction");
                if (subtypes.Except(ByAction.Values.SelectMany(v => v)).Any())
                    Fault("subtype takes codes of FHIR's restful interactions.", name);
                Only(subtypes);
                break;
            default:
                Unknown.Add(UnknownParameter.Named(name, _position));
                return;
        }
        _used.Add((name, value));
    }

    /// <summary>Codes between commas, each with or without its system; one of another system means nothing here.</summary>
    private static string[] Codes(string value, string system) =>
        [.. value.Split(',').Select(token => token.Split('|', 2)).Where(token => token.Length == 1 || token[0].Length == 0 || token[0] == system).Select(token => token[^1])];

    private void Only(IReadOnlyList<string> interactions) => _interactions = _interactions is null ? interactions : [.. _interactions.Intersect(interactions)];

    private void TakePatient(string value, string fhirBase)
    {
        int slash = value.LastIndexOf("Patient/", StringComparison.Ordinal);
        string id = slash < 0 ? value : value[(slash + 8)..];
        if (!FhirId.IsValid(id) || (slash > 0 && value[slash - 1] != '/'))
        {
            Fault("patient is one id or reference of a Patient.", "patient");
            return;
        }
        // An id alone is found on every server: whoever audits asks what was done with this id's data wherever it came from.
        Question = Question with { PatientId = id, FhirBase = slash < 0 ? null : slash == 0 ? fhirBase : value[..(slash - 1)] };
    }

    private void TakeEntity(string value, string fhirBase)
    {
        string local = value.StartsWith(fhirBase + "/", StringComparison.Ordinal) ? value[(fhirBase.Length + 1)..] : value;
        if (local.IndexOf("/_history/", StringComparison.Ordinal) is >= 0 and var version)
            local = local[..version];
        if (local.Contains("Patient/", StringComparison.Ordinal))
            TakePatient(value, fhirBase);
        else if (local.Split('/') is [var type, var id] && FhirId.IsValid(id))
            Question = Question with { ResultType = type, ResultId = id };
        else if (FhirId.IsValid(local))
            Question = Question with { ResultId = local };
        else
            Fault("entity is a reference to a resource of this server.", "entity");
    }

    private void TakeDate(string name, string value)
    {
        string prefix = value.Length > 2 && char.IsAsciiLetter(value[0]) ? value[..2] : "eq";
        string text = prefix == "eq" && !value.StartsWith("eq", StringComparison.Ordinal) ? value : value[2..];
        if (DateInterval.Parse(text) is not { } period)
        {
            Fault($"{name} is a date, dateTime or instant, perhaps with eq, ge, gt, le or lt before it.", name);
            return;
        }
        // Each further date narrows the period.
        var (from, to) = prefix switch
        {
            "ge" => (period.From, (DateTimeOffset?)null),
            "gt" or "sa" => (period.To, null),
            "le" => (null, period.To),
            "lt" or "eb" => (null, period.From),
            "eq" => (period.From, (DateTimeOffset?)period.To),
            _ => ((DateTimeOffset?)null, (DateTimeOffset?)null),
        };
        if (from is null && to is null)
            Fault($"{name} takes the prefixes eq, ge, gt, sa, le, lt and eb.", name);
        Question = Question with { From = Later(Question.From, from), To = Earlier(Question.To, to) };
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null ? other : other is null || one > other ? one : other;

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null ? other : other is null || one < other ? one : other;

    private void Fault(string text, string parameter) => _issues.Add(new FailureIssue(text, "http." + parameter));
}
