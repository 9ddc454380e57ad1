using System.Text.Json;

namespace MedAI.Fhir.Reading;

/// <summary>Walks the documents of a request, checks every bundle, and lists the resources in it.</summary>
internal sealed class ResourceCollector(ReadingLimits limits, PatientOwnership owner, SourceEntries entries, ProblemList problems, ISet<string> remarks)
{
    /// <summary>Bundles may hold bundles (answers to a batch, an operation's data), but not those again.</summary>
    private const int DeepestBundle = 1;

    private bool _full;
    private bool _searched;
    private bool _newestOnly;
    private bool _paged;
    private long _pagedMatches;

    public void Collect(ClinicalDocument document)
    {
        _searched = document.Searched;
        _newestOnly = document.NewestOnly;
        if (document.MorePages.Count > 0)
        {
            Pages(document);
            return;
        }
        switch (document.Root.ValueKind)
        {
            case JsonValueKind.Null:
            case JsonValueKind.Undefined:
                break;
            case JsonValueKind.Object:
                Resource(document.Root, default, document.Name, -1, inArray: false, depth: 0);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (var item in document.Root.EnumerateArray())
                {
                    if (_full)
                        return;
                    Resource(item, default, document.Name, index++, inArray: true, depth: 0);
                }
                break;
            default:
                problems.Add(ReadingProblemKind.Malformed, document.Name, "not a resource");
                break;
        }
    }

    /// <summary>A search that came in pages is judged as a whole.</summary>
    private void Pages(ClinicalDocument document)
    {
        _paged = true;
        _pagedMatches = 0;
        Resource(document.Root, default, document.Name, -1, inArray: false, depth: 0);
        for (int i = 0; i < document.MorePages.Count && !_full; i++)
            Resource(document.MorePages[i], default, $"{document.Name}.page[{i + 1}]", -1, inArray: false, depth: 0);
        _paged = false;
        if (HasNextPage(document.MorePages[^1]))
            problems.Add(ReadingProblemKind.Incomplete, document.Name, "the search has a next page");
        if (FhirJson.TryNumber(FhirJson.Member(document.Root, "total"u8), out double total) && _pagedMatches < total)
            problems.Add(ReadingProblemKind.Incomplete, document.Name, "the search has more matches than entries");
    }

    private void Resource(JsonElement resource, JsonElement fullUrl, string prefix, int index, bool inArray, int depth)
    {
        var entry = new SourceEntry { Resource = resource, FullUrl = fullUrl, Prefix = prefix, Index = index, InArray = inArray, Searched = _searched };
        if (!ReadHeader(ref entry))
        {
            problems.Add(ReadingProblemKind.Malformed, entry.Path, "not a resource");
            return;
        }
        switch (entry.Kind)
        {
            case ResourceKind.Bundle:
                if (depth > DeepestBundle)
                    problems.Add(ReadingProblemKind.TooLarge, entry.Path, "bundles are nested too deep");
                else
                    Bundle(resource, entry.Path, depth);
                break;
            case ResourceKind.OperationOutcome:
                Outcome(resource, entry.Path);
                break;
            default:
                if (entries.Count >= limits.MaxResources)
                {
                    _full = true;
                    problems.Add(ReadingProblemKind.TooLarge, prefix, $"more than {limits.MaxResources} resources");
                    break;
                }
                entry.OwnBase = owner.IsOwnBase(fullUrl);
                entries.Add(entry);
                break;
        }
    }

    private static bool ReadHeader(ref SourceEntry entry)
    {
        if (entry.Resource.ValueKind != JsonValueKind.Object)
            return false;
        bool typed = false;
        foreach (var member in entry.Resource.EnumerateObject())
        {
            var name = FhirJson.Name(member);
            if (name.SequenceEqual("resourceType"u8))
            {
                var type = FhirJson.Text(member.Value);
                typed = !type.IsEmpty;
                entry.Kind = ResourceTypes.Find(type);
            }
            else if (name.SequenceEqual("id"u8))
            {
                entry.Id = member.Value;
            }
            else if (name.SequenceEqual("meta"u8))
            {
                entry.Meta = member.Value;
            }
            else if (name.SequenceEqual("subject"u8) || name.SequenceEqual("patient"u8) || name.SequenceEqual("beneficiary"u8))
            {
                entry.Subject = member.Value;
            }
        }
        return typed;
    }

    private void Bundle(JsonElement bundle, string path, int depth)
    {
        var type = FhirJson.Text(FhirJson.Member(bundle, "type"u8));
        bool search = type.SequenceEqual("searchset"u8);
        if (type.SequenceEqual("history"u8))
        {
            // Past states and deletions of resources are no picture of the patient.
            problems.Add(ReadingProblemKind.Malformed, path, "a history bundle holds no current data");
            return;
        }
        bool page = depth == 0 && (_paged || _newestOnly);
        if (search && !page && HasNextPage(bundle))
            problems.Add(ReadingProblemKind.Incomplete, path, "the search has a next page");

        int index = 0;
        long matches = 0;
        foreach (var item in FhirJson.Items(FhirJson.Member(bundle, "entry"u8)))
        {
            if (_full)
                return;
            matches += Entry(item, path, index++, depth);
        }
        if (page)
            _pagedMatches += matches;
        else if (search && FhirJson.TryNumber(FhirJson.Member(bundle, "total"u8), out double total) && matches < total)
            problems.Add(ReadingProblemKind.Incomplete, path, "the search has more matches than entries");
    }

    /// <returns>1 for a search match, else 0.</returns>
    private int Entry(JsonElement item, string path, int index, int depth)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            problems.Add(ReadingProblemKind.Malformed, $"{path}.entry[{index}]", "not an entry");
            return 0;
        }
        JsonElement fullUrl = default, resource = default, search = default, response = default;
        foreach (var member in item.EnumerateObject())
        {
            var name = FhirJson.Name(member);
            if (name.SequenceEqual("resource"u8))
                resource = member.Value;
            else if (name.SequenceEqual("fullUrl"u8))
                fullUrl = member.Value;
            else if (name.SequenceEqual("search"u8))
                search = member.Value;
            else if (name.SequenceEqual("response"u8))
                response = member.Value;
        }
        if (response.ValueKind == JsonValueKind.Object)
            Response(response, path, index);
        if (resource.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return 0;
        Resource(resource, fullUrl, path, index, inArray: false, depth + 1);
        var mode = FhirJson.Text(FhirJson.Member(search, "mode"u8));
        return mode.IsEmpty || mode.SequenceEqual("match"u8) ? 1 : 0;
    }

    private void Response(JsonElement response, string path, int index)
    {
        var status = FhirJson.Text(FhirJson.Member(response, "status"u8));
        if (!status.IsEmpty && status[0] is (byte)'4' or (byte)'5')
            problems.Add(ReadingProblemKind.UpstreamFailed, $"{path}.entry[{index}].response", "the response is an error");
        var outcome = FhirJson.Member(response, "outcome"u8);
        if (outcome.ValueKind == JsonValueKind.Object)
            Outcome(outcome, $"{path}.entry[{index}].response.outcome");
    }

    private void Outcome(JsonElement outcome, string path)
    {
        foreach (var issue in FhirJson.Items(FhirJson.Member(outcome, "issue"u8)))
        {
            var severity = FhirJson.Text(FhirJson.Member(issue, "severity"u8));
            if (severity.SequenceEqual("information"u8) || severity.SequenceEqual("warning"u8))
                continue;
            // Also a severity that FHIR does not have: better no score than one on half the data.
            problems.Add(ReadingProblemKind.UpstreamFailed, path, "an error stands where data should be");
            return;
        }
        remarks.Add(ReadingRemarks.SearchOutcomeIgnored);
    }

    private static bool HasNextPage(JsonElement bundle)
    {
        foreach (var link in FhirJson.Items(FhirJson.Member(bundle, "link"u8)))
        {
            if (FhirJson.Is(FhirJson.Member(link, "relation"u8), "next"u8))
                return true;
        }
        return false;
    }
}
