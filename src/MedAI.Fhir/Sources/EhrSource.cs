using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Reading;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Sources;

/// <summary>Fetches clinical data from the FHIR server of the EHR that fired a hook: in parallel, page by page, within one deadline.</summary>
/// <remarks>
/// A search goes by <c>POST _search</c>, which keeps patient ids out of the EHR's access logs, and by GET where a server does not take that; which one it is, is
/// remembered by server. A next page is followed on the same server below the same base alone. Thread-safe.
/// </remarks>
public sealed partial class EhrSource(OutboundGuard guard, IOptions<EhrOptions> options, TimeProvider time, ILogger<EhrSource> log)
{
    private const string Json = "application/fhir+json";

    /// <summary>Bases that did not take a POST; bounded by the trusted origins' bases that answered a GET.</summary>
    private readonly ConcurrentDictionary<string, bool> _onlyGet = new(StringComparer.Ordinal);

    /// <summary>Everything that was wished for, or per wish why not; dispose when nothing of it is used any more.</summary>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async Task<EhrRecord> FetchAsync(EhrWish wish, CancellationToken cancellationToken)
    {
        var record = new EhrRecord();
        try
        {
            if (!TryServer(wish, out var server))
            {
                foreach (var search in wish.Searches)
                    record.Add(new EhrAnswer(search, [], EhrError.Untrusted));
                return record;
            }
            var answers = await Task.WhenAll(wish.Searches.Select(search => OneAsync(server, search, wish, record, cancellationToken)));
            foreach (var answer in answers)
                record.Add(answer);
            LogFetched(server.Root.Origin, answers.Length, answers.Count(a => a.Error is not null), answers.Sum(a => a.Pages.Count));
            return record;
        }
        catch
        {
            record.Dispose();
            throw;
        }
    }

    private bool TryServer(EhrWish wish, [NotNullWhen(true)] out Server? server)
    {
        server = null;
        if (!guard.TryTarget(wish.FhirBase, OutboundUse.Fhir, out var root) || wish.Origins?.Contains(root.Origin) == false)
            return false;
        server = new Server(root, root.PathAndQuery.TrimEnd('/'), wish.Access is { } access ? OutboundGuard.Bind(root, access.Token) : null);
        return true;
    }

    private async Task<EhrAnswer> OneAsync(Server server, EhrSearch search, EhrWish wish, EhrRecord record, CancellationToken cancellationToken)
    {
        if (wish.Access is { } access && (access.Expires <= time.GetUtcNow() || !access.Allows(search)))
            return new EhrAnswer(search, [], EhrError.NotAllowed);
        var deadline = wish.Access is { Expires: var end } && end < wish.Deadline ? end : wish.Deadline;
        var pages = new List<JsonElement>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? next = search.Next;
        do
        {
            if (pages.Count >= options.Value.MaxPages || (next is not null && !seen.Add(next)))
                return new EhrAnswer(search, pages, EhrError.PagesUnusable);
            OutboundResult<StoredPage> result;
            if (next is not null)
            {
                if (!guard.TryTarget(next, OutboundUse.Fhir, out var page) || page.Origin != server.Root.Origin || !server.Holds(page.PathAndQuery))
                    return new EhrAnswer(search, pages, EhrError.PagesUnusable);
                result = await AskAsync(server, page, null, deadline, cancellationToken);
            }
            else
            {
                result = await FirstAsync(server, search, deadline, cancellationToken);
            }
            if (!result.TryGet(out var answer, out var error))
            {
                // A resource that is not there is an answer: the EHR has no data.
                return search.IsRead && error.Kind == OutboundErrorKind.NotFound
                    ? new EhrAnswer(search, [JsonElement.Parse("null"u8)], null)
                    : new EhrAnswer(search, pages, error.Kind switch
                    {
                        OutboundErrorKind.DeadlinePassed or OutboundErrorKind.TooSlow => EhrError.Late,
                        OutboundErrorKind.Unauthorised => EhrError.Refused,
                        OutboundErrorKind.NotFound or OutboundErrorKind.Rejected => EhrError.NotOffered,
                        _ when error.Status == 501 => EhrError.NotOffered,
                        _ => EhrError.Failed,
                    });
            }
            record.Own(answer);
            pages.Add(answer.Root);
            next = search.AllPages ? NextPage(answer.Root) : null;
        }
        while (next is not null);
        return new EhrAnswer(search, pages, null);
    }

    private async Task<OutboundResult<StoredPage>> FirstAsync(Server server, EhrSearch search, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var byGet = server.Root.WithPath($"{server.BasePath}/{search.Query}");
        if (search.IsRead || _onlyGet.ContainsKey(server.Key))
            return await AskAsync(server, byGet, null, deadline, cancellationToken);
        string form = search.Query[(search.Type.Length + 1)..];
        var posted = await AskAsync(server, server.Root.WithPath($"{server.BasePath}/{search.Type}/_search"), Encoding.ASCII.GetBytes(form), deadline, cancellationToken);
        if (posted.Error is not { Kind: OutboundErrorKind.Rejected or OutboundErrorKind.NotFound })
            return posted;
        var got = await AskAsync(server, byGet, null, deadline, cancellationToken);
        if (got.Error is null)
            _onlyGet.TryAdd(server.Key, true);
        return got;
    }

    private Task<OutboundResult<StoredPage>> AskAsync(Server server, OutboundTarget target, ReadOnlyMemory<byte>? form, DateTimeOffset deadline, CancellationToken cancellationToken) =>
        OutboundGuard.AskAsync(target, new OutboundAsk { Accept = Json, MaxBytes = options.Value.MaxPageBytes, Deadline = deadline, Form = form, Token = server.Token }, ReadAsync, cancellationToken);

    private static async ValueTask<StoredPage> ReadAsync(OutboundAnswer answer, CancellationToken cancellationToken)
    {
        // A login page with status 200 is no FHIR.
        if (answer.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) != true)
            throw new UnreadableAnswerException();
        var bytes = await PooledBytes.ReadAllAsync(answer.Body, cancellationToken);
        if (StrictJson.TryParse(bytes.Memory, out var document, out _) && document.RootElement.ValueKind == JsonValueKind.Object)
            return new StoredPage(bytes, document);
        document?.Dispose();
        bytes.Dispose();
        throw new UnreadableAnswerException();
    }

    /// <summary>Address of the next page; null on the last.</summary>
    public static string? NextPage(JsonElement bundle)
    {
        if (!FhirJson.Is(FhirJson.Member(bundle, "resourceType"u8), "Bundle"u8))
            return null;
        foreach (var link in FhirJson.Items(FhirJson.Member(bundle, "link"u8)))
        {
            if (FhirJson.Is(FhirJson.Member(link, "relation"u8), "next"u8))
                return FhirJson.String(FhirJson.Member(link, "url"u8)) ?? "";
        }
        return null;
    }

    [LoggerMessage(2020, LogLevel.Information, "{Server} was asked for {Searches} parts of a record: {Pages} pages came, {Failed} parts did not")]
    private partial void LogFetched(Origin server, int searches, int failed, int pages);

    private sealed record Server(OutboundTarget Root, string BasePath, OriginToken? Token)
    {
        public string Key => Root.Origin + BasePath;

        /// <summary>True below our base: the same machine can hold other systems.</summary>
        public bool Holds(string pathAndQuery) =>
            pathAndQuery.StartsWith(BasePath, StringComparison.Ordinal) && (pathAndQuery.Length == BasePath.Length || pathAndQuery[BasePath.Length] is '/' or '?');
    }
}

/// <summary>A page with the bytes that it points into.</summary>
internal sealed class StoredPage(PooledBytes bytes, JsonDocument document) : IDisposable
{
    public JsonElement Root => document.RootElement;

    public void Dispose()
    {
        document.Dispose();
        bytes.Dispose();
    }
}

/// <summary>What became of one search.</summary>
/// <param name="Pages">In order; JSON null where the EHR has no such resource.</param>
/// <param name="Error">Null when all is there.</param>
public sealed record EhrAnswer(EhrSearch Search, IReadOnlyList<JsonElement> Pages, EhrError? Error)
{
    /// <summary>All pages as one document; there is no error.</summary>
    /// <param name="prefix">Of its name; the key follows.</param>
    public ClinicalDocument AsDocument(string prefix) => new(prefix + Search.Key, Pages[0]) { MorePages = [.. Pages.Skip(1)], Searched = true, NewestOnly = !Search.AllPages };
}

/// <summary>What was fetched for one hook.</summary>
public sealed class EhrRecord : IDisposable
{
    private readonly ConcurrentBag<StoredPage> _pages = [];
    private readonly List<EhrAnswer> _answers = [];

    public IReadOnlyList<EhrAnswer> Answers => _answers;

    internal void Add(EhrAnswer answer) => _answers.Add(answer);

    internal void Own(StoredPage page) => _pages.Add(page);

    public void Dispose()
    {
        while (_pages.TryTake(out var page))
            page.Dispose();
    }
}
