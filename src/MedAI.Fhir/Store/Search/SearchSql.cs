using System.Globalization;
using System.Text;

namespace MedAI.Fhir.Store.Search;

/// <summary>Composes the SQL of a search, in words that SQLite and PostgreSQL both read. Values are bound, never written into the text.</summary>
/// <remarks>Parameters are $1, $2, ... in the order in which they stand in the text, each once.</remarks>
internal sealed class SearchSql
{
    /// <summary>Entry, type, id, version, last_updated, tenant, patient; the keys of the order follow.</summary>
    private const string EntryColumns = "e.entry, e.type, e.id, e.version, e.last_updated, e.tenant, e.patient";

    private readonly StringBuilder _text = new(512);
    private readonly List<object> _values = [];

    private SearchSql()
    {
    }

    public string Text => _text.ToString();

    /// <summary>Values of the parameters: long, double or string.</summary>
    public IReadOnlyList<object> Values => _values;

    /// <summary>The entries of one page, and one more where there is another page.</summary>
    public static SearchSql Page(SearchQuery query)
    {
        var sql = new SearchSql();
        sql.Add($"SELECT * FROM (SELECT {EntryColumns}");
        for (int i = 0; i < query.Order.Count; i++)
        {
            sql.Add(", ");
            sql.Key(query.Order[i]);
            sql.Add(string.Create(CultureInfo.InvariantCulture, $" AS k{i}"));
        }
        sql.From(query);
        sql.Add(") p");
        if (query.After is { } after)
        {
            sql.Add(" WHERE ");
            sql.Beyond(query.Order, after, 0);
        }
        sql.Add(" ORDER BY ");
        for (int i = 0; i < query.Order.Count; i++)
            sql.Add(string.Create(CultureInfo.InvariantCulture, $"k{i}{(query.Order[i].Descending ? " DESC" : "")}, "));
        sql.Add("entry DESC LIMIT ");
        sql.Bind(query.Count + 1L);
        return sql;
    }

    public static SearchSql Total(SearchQuery query)
    {
        var sql = new SearchSql();
        sql.Add("SELECT count(*)");
        sql.From(query);
        return sql;
    }

    /// <summary>What the references of some entries point at.</summary>
    public static SearchSql Targets(SearchInclude include, IEnumerable<long> entries)
    {
        var sql = new SearchSql();
        sql.Add("SELECT DISTINCT target FROM search_reference WHERE parameter = ");
        sql.Bind(include.Parameter.Key);
        sql.Add(" AND entry IN (");
        sql.List(entries.Cast<object>());
        sql.Add(")");
        return sql;
    }

    /// <summary>Entries of a type by their ids, as far as the caller may see them.</summary>
    public static SearchSql ByIds(string type, IEnumerable<string> ids, SearchQuery query)
    {
        var sql = new SearchSql();
        sql.Add($"SELECT {EntryColumns} FROM search_entry e WHERE e.type = ");
        sql.Bind(type);
        sql.Add(" AND e.id IN (");
        sql.List(ids);
        sql.Add(")");
        sql.Scope(query);
        sql.Add(" ORDER BY e.entry");
        return sql;
    }

    /// <summary>Entries whose reference points at one of the targets, as far as the caller may see them.</summary>
    public static SearchSql PointingAt(SearchInclude include, IEnumerable<string> targets, SearchQuery query)
    {
        var sql = new SearchSql();
        sql.Add($"SELECT {EntryColumns} FROM search_entry e WHERE e.entry IN (SELECT entry FROM search_reference WHERE parameter = ");
        sql.Bind(include.Parameter.Key);
        sql.Add(" AND target IN (");
        sql.List(targets);
        sql.Add("))");
        sql.Scope(query);
        sql.Add(" ORDER BY e.entry");
        return sql;
    }

    private void Add(string text) => _text.Append(text);

    private void Bind(object value)
    {
        _values.Add(value);
        _text.Append('$').Append(_values.Count);
    }

    private void List(IEnumerable<object> values)
    {
        bool first = true;
        foreach (object value in values)
        {
            if (!first)
                Add(", ");
            first = false;
            Bind(value);
        }
    }

    private void From(SearchQuery query)
    {
        Add(" FROM search_entry e WHERE ");
        // The most telling condition leads: its rows are found by their value, the others are looked up for each of them.
        var lead = query.Criteria.Where(c => !c.Parameter.IsOfEntry).MinBy(c => Rank(c.Parameter));
        if (lead is null)
        {
            Add("e.type = ");
            Bind(query.Definition.Type);
        }
        else
        {
            // The key of a parameter holds its type.
            Add($"e.entry IN (SELECT v.entry FROM {Table(lead.Parameter)} v WHERE ");
            Row(lead);
            Add(")");
        }
        foreach (var criterion in query.Criteria)
        {
            if (ReferenceEquals(criterion, lead))
                continue;
            Add(" AND ");
            if (criterion.Parameter.IsOfEntry)
            {
                Alternatives(criterion);
            }
            else
            {
                Add($"EXISTS (SELECT 1 FROM {Table(criterion.Parameter)} v WHERE v.entry = e.entry AND ");
                Row(criterion);
                Add(")");
            }
        }
        Scope(query);
    }

    private void Scope(SearchQuery query)
    {
        if (query.Scope.Tenant is { } tenant)
        {
            Add(" AND (e.tenant IS NULL OR e.tenant = ");
            Bind(tenant);
            Add(")");
        }
        if (query.Scope.Patients is { } patients)
        {
            Add(" AND (e.patient IS NULL OR e.patient IN (");
            List(patients);
            Add("))");
        }
    }

    private void Row(SearchCriterion criterion)
    {
        Add("v.parameter = ");
        Bind(criterion.Parameter.Key);
        Add(" AND ");
        Alternatives(criterion);
    }

    private void Alternatives(SearchCriterion criterion)
    {
        if (criterion.Alternatives.Count == 0)
        {
            Add("1 = 0");
            return;
        }
        Add("(");
        for (int i = 0; i < criterion.Alternatives.Count; i++)
        {
            if (i > 0)
                Add(" OR ");
            Alternative(criterion.Parameter, criterion.Alternatives[i]);
        }
        Add(")");
    }

    private void Alternative(SearchParameter parameter, SearchAlternative alternative)
    {
        switch (alternative)
        {
            case TokenAlternative token when parameter.IsOfEntry:
                Compare("e.id", "=", token.Code ?? "");
                break;
            case TokenAlternative { Code: null } token:
                Compare("v.system", "=", token.System ?? "");
                break;
            case TokenAlternative token:
                Compare("v.code", "=", token.Code);
                if (token.System is { } system)
                {
                    Add(" AND ");
                    Compare("v.system", "=", system);
                }
                break;
            case ReferenceAlternative reference:
                Add("v.target IN (");
                List(reference.Targets);
                Add(")");
                if (reference.Version is { } version)
                {
                    Add(" AND ");
                    Compare("v.version", "=", version);
                }
                break;
            case DateAlternative date:
                Date(date, parameter.IsOfEntry ? "e.last_updated" : "v.low", parameter.IsOfEntry ? "(e.last_updated + 1)" : "v.high");
                break;
            case NumberAlternative number:
                Number(number);
                break;
            case TextAlternative { Match: TextMatch.Exact } text:
                Compare("v.exact", "=", text.Text);
                break;
            case TextAlternative text:
                Compare("v.folded", "LIKE", (text.Match == TextMatch.Anywhere ? "%" : "") + Literal(text.Text) + "%");
                Add(" ESCAPE '\\'");
                break;
            default:
                throw new InvalidOperationException($"{alternative.GetType().Name} has no SQL.");
        }
    }

    /// <summary>Compares what the value covers with what the row covers (R4, search.html 3.1.1.4.7): equal means that the value covers all of the row.</summary>
    private void Date(DateAlternative date, string low, string high)
    {
        var (from, to) = (date.Interval.Low, date.Interval.High);
        switch (date.Comparison)
        {
            case SearchComparison.Equal:
                Both(low, ">=", from, high, "<=", to);
                break;
            case SearchComparison.NotEqual:
                Add("NOT ");
                Both(low, ">=", from, high, "<=", to);
                break;
            case SearchComparison.Greater:
                Compare(high, ">", to);
                break;
            case SearchComparison.Less:
                Compare(low, "<", from);
                break;
            case SearchComparison.GreaterOrEqual:
                Add("(");
                Compare(high, ">", to);
                Add(" OR ");
                Both(low, ">=", from, high, "<=", to);
                Add(")");
                break;
            case SearchComparison.LessOrEqual:
                Add("(");
                Compare(low, "<", from);
                Add(" OR ");
                Both(low, ">=", from, high, "<=", to);
                Add(")");
                break;
            case SearchComparison.StartsAfter:
                Compare(low, ">=", to);
                break;
            case SearchComparison.EndsBefore:
                Compare(high, "<=", from);
                break;
            default:
                Both(low, "<", to, high, ">", from);
                break;
        }
    }

    private void Number(NumberAlternative number)
    {
        switch (number.Comparison)
        {
            case SearchComparison.NotEqual:
                Add("NOT ");
                Both("v.value", ">=", number.Low, "v.value", "<", number.High);
                break;
            case SearchComparison.Equal:
                Both("v.value", ">=", number.Low, "v.value", "<", number.High);
                break;
            case SearchComparison.Approximately:
                Both("v.value", ">=", number.Low, "v.value", "<=", number.High);
                break;
            case SearchComparison.Greater or SearchComparison.StartsAfter:
                Compare("v.value", ">", number.Low);
                break;
            case SearchComparison.Less or SearchComparison.EndsBefore:
                Compare("v.value", "<", number.Low);
                break;
            case SearchComparison.GreaterOrEqual:
                Compare("v.value", ">=", number.Low);
                break;
            default:
                Compare("v.value", "<=", number.Low);
                break;
        }
    }

    private void Compare(string column, string comparison, object value)
    {
        Add($"{column} {comparison} ");
        Bind(value);
    }

    private void Both(string column, string comparison, object value, string other, string otherComparison, object otherValue)
    {
        Add("(");
        Compare(column, comparison, value);
        Add(" AND ");
        Compare(other, otherComparison, otherValue);
        Add(")");
    }

    /// <summary>A key of the order. What has no value comes last, whichever the direction.</summary>
    private void Key(SearchOrder order)
    {
        if (order.Parameter.IsOfEntry)
        {
            Add(order.Parameter.Name == "_id" ? "e.id" : "e.last_updated");
            return;
        }
        var (column, last) = (order.Parameter.Kind, order.Descending) switch
        {
            (SearchKind.Date, false) => ("min(v.low)", "9999999999999999"),
            (SearchKind.Date, true) => ("max(v.high)", "-9999999999999999"),
            (SearchKind.Number, false) => ("min(v.value)", "1e308"),
            (SearchKind.Number, true) => ("max(v.value)", "-1e308"),
            (_, false) => ("min(v.folded)", "'\U0010FFFF'"),
            _ => ("max(v.folded)", "''"),
        };
        Add($"COALESCE((SELECT {column} FROM {Table(order.Parameter)} v WHERE v.entry = e.entry AND v.parameter = ");
        Bind(order.Parameter.Key);
        Add($"), {last})");
    }

    /// <summary>True for what comes after a position: a later key, or the same and what follows.</summary>
    private void Beyond(IReadOnlyList<SearchOrder> order, SearchPosition after, int from)
    {
        if (from == order.Count)
        {
            Compare("entry", "<", after.Entry);
            return;
        }
        string key = string.Create(CultureInfo.InvariantCulture, $"k{from}");
        Add("(");
        Compare(key, order[from].Descending ? "<" : ">", after.Keys[from]);
        Add(" OR (");
        Compare(key, "=", after.Keys[from]);
        Add(" AND ");
        Beyond(order, after, from + 1);
        Add("))");
    }

    private static string Table(SearchParameter parameter) => parameter.Kind switch
    {
        SearchKind.Reference => "search_reference",
        SearchKind.Date => "search_date",
        SearchKind.Number => "search_number",
        SearchKind.Text => "search_text",
        _ => "search_token",
    };

    private static int Rank(SearchParameter parameter) => parameter switch
    {
        { Name: "identifier" } => 0,
        { Kind: SearchKind.Reference } => 1,
        { Kind: SearchKind.Text } => 2,
        { Kind: SearchKind.Date } => 3,
        { Kind: SearchKind.Number } => 4,
        _ => 5,
    };

    private static string Literal(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
