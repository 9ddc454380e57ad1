using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>One trusted origin: its connections, its credential, its places and its circuit. The only object that sends anything out of the process.</summary>
internal sealed class TrustedOrigin : IDisposable
{
    /// <summary>A call whose time ran out sooner says nothing about the other side.</summary>
    private static readonly TimeSpan FairWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    private readonly HttpClient _client;
    private readonly OriginCredential? _credential;
    private readonly SemaphoreSlim _places;
    private readonly CircuitBreaker _breaker;
    private readonly OutboundOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HashSet<OutboundUse> _uses;

    public TrustedOrigin(Origin origin, OriginOptions entry, OutboundOptions options, HostResolver resolver, TimeProvider time, ILogger log)
    {
        Origin = origin;
        _options = options;
        _time = time;
        _log = log;
        _uses = [.. entry.Uses];
        _credential = OriginCredential.Of(entry);
        _places = new SemaphoreSlim(options.ParallelCallsPerOrigin);
        _breaker = new CircuitBreaker(options.BreakAfterFailures, TimeSpan.FromMilliseconds(options.BreakMilliseconds), time);
        bool isInternal = entry.Internal;
#pragma warning disable RS0030 // The one place that makes an HTTP client.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            // Decompressed by us, where the bytes are counted.
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromMilliseconds(options.ConnectTimeoutMilliseconds),
            MaxResponseHeadersLength = options.MaxHeadKiB,
            MaxConnectionsPerServer = options.ParallelCallsPerOrigin,
            MaxResponseDrainSize = 64 * 1024,
            PooledConnectionLifetime = TimeSpan.FromSeconds(options.ConnectionLifetimeSeconds),
            // Other systems need not know how our requests hang together.
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, token) => CheckedConnection.OpenAsync(resolver, context.DnsEndPoint, isInternal, token),
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore RS0030
    }

    public Origin Origin { get; }

    public bool IsFor(OutboundUse use) => _uses.Contains(use);

    public async Task<OutboundResult<T>> SendAsync<T>(string pathAndQuery, OutboundAsk ask, Func<OutboundAnswer, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (ask.Token is { } token && token.Origin != this)
            throw new ArgumentException("The token belongs to another origin.", nameof(ask));
        var left = ask.Deadline - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return OutboundResult.Failed<T>(OutboundErrorKind.DeadlinePassed);
        using var deadline = new CancellationTokenSource(left, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return OutboundResult.Failed<T>(OutboundErrorKind.DeadlinePassed);
        }
        try
        {
            return _breaker.TryEnter()
                ? await TryTwiceAsync(pathAndQuery, ask, read, either.Token, cancellationToken)
                : OutboundResult.Failed<T>(OutboundErrorKind.CircuitOpen);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<OutboundResult<T>> TryTwiceAsync<T>(string pathAndQuery, OutboundAsk ask, Func<OutboundAnswer, CancellationToken, ValueTask<T>> read,
        CancellationToken either, CancellationToken caller)
    {
        long start = _time.GetTimestamp();
        bool reported = false;
        try
        {
            int tries = 1;
            var result = await TryAsync(pathAndQuery, ask, read, either, caller);
            if (result.Error is { Kind: OutboundErrorKind.ConnectionLost } && ask is { Form: null, Resource: null })
            {
                tries = 2;
                result = await TryAsync(pathAndQuery, ask, read, either, caller);
            }
            reported = true;
            Report(result.Error, _time.GetElapsedTime(start), tries);
            return result;
        }
        finally
        {
            // The caller left, or our own reader has a bug: nothing is known about the other side.
            if (!reported)
                _breaker.Abandon();
        }
    }

    private async Task<OutboundResult<T>> TryAsync<T>(string pathAndQuery, OutboundAsk ask, Func<OutboundAnswer, CancellationToken, ValueTask<T>> read,
        CancellationToken either, CancellationToken caller)
    {
        try
        {
            long start = _time.GetTimestamp();
            using var request = Request(pathAndQuery, ask);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either);
            OutboundLog.Answered(_log, Origin, (int)response.StatusCode, _time.GetElapsedTime(start).TotalMilliseconds);
            if (Refusal(response) is { } refusal)
                return OutboundResult.Failed<T>(refusal);
            var headers = response.Content.Headers;
            string? encoding = headers.ContentEncoding.Count == 0 ? null : string.Join(',', headers.ContentEncoding);
            if (headers.ContentLength > ask.MaxBytes)
                return OutboundResult.Failed<T>(OutboundErrorKind.TooLarge);
            var pace = new BoundedAnswerStream.Pace(_options.MinimumBytesPerSecond, TimeSpan.FromMilliseconds(_options.SlowGraceMilliseconds), _time);
            await using var body = BoundedAnswerStream.Over(await response.Content.ReadAsStreamAsync(either), encoding, ask.MaxBytes, pace);
            string? contentType = headers.NonValidated.TryGetValues("Content-Type", out var types) && types.Count == 1 ? types.ToString() : null;
            return OutboundResult.Of(await read(new OutboundAnswer((int)response.StatusCode, contentType, body) { Location = response.Headers.Location?.OriginalString }, either));
        }
        catch (OperationCanceledException cancelled)
        {
            caller.ThrowIfCancellationRequested();
            // Not ours: the handler's own limit on connecting.
            return OutboundResult.Failed<T>(either.IsCancellationRequested || cancelled.InnerException is not TimeoutException
                ? OutboundErrorKind.DeadlinePassed
                : OutboundErrorKind.Unreachable);
        }
        catch (AnswerFailedException failed)
        {
            return OutboundResult.Failed<T>(failed.Kind);
        }
        catch (UnreadableAnswerException)
        {
            return OutboundResult.Failed<T>(OutboundErrorKind.Unreadable);
        }
        catch (HttpRequestException failed)
        {
            caller.ThrowIfCancellationRequested();
            return OutboundResult.Failed<T>(KindOf(failed));
        }
    }

    private HttpRequestMessage Request(string pathAndQuery, OutboundAsk ask)
    {
        // Scheme, host and port come from configuration; what was in the data is a path and no more.
        var request = new HttpRequestMessage(ask is { Form: null, Resource: null } ? HttpMethod.Get : HttpMethod.Post, new Uri(Origin + pathAndQuery));
        request.Headers.TryAddWithoutValidation("Accept", ask.Accept);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        if (ask.Token is { } token)
            OriginCredential.Of(token).AddTo(request.Headers);
        else
            _credential?.AddTo(request.Headers);
        if (ask.Form is { } form)
        {
            request.Content = new ReadOnlyMemoryContent(form);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        }
        else if (ask.Resource is { } resource)
        {
            request.Content = new ReadOnlyMemoryContent(resource);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
            if (ask.IfNoneExist is { } condition)
                request.Headers.TryAddWithoutValidation("If-None-Exist", condition);
        }
        return request;
    }

    private OutboundError? Refusal(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and <= 299 => null,
            >= 300 and <= 399 => new OutboundError(OutboundErrorKind.Redirected, status),
            401 or 403 => new OutboundError(OutboundErrorKind.Unauthorised, status),
            404 or 410 => new OutboundError(OutboundErrorKind.NotFound, status),
            429 or 503 => new OutboundError(OutboundErrorKind.Busy, status, RetryAfter(response.Headers.RetryAfter)),
            >= 400 and <= 499 => new OutboundError(OutboundErrorKind.Rejected, status),
            >= 500 and <= 599 => new OutboundError(OutboundErrorKind.ServerFailed, status),
            _ => new OutboundError(OutboundErrorKind.Unreadable, status),
        };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? (header?.Date is { } date ? date - _time.GetUtcNow() : null);
        return wait is null ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestRetryAfter ? LongestRetryAfter : wait;
    }

    private static OutboundErrorKind KindOf(HttpRequestException failed)
    {
        for (Exception? inner = failed.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is ForbiddenAddressException)
                return OutboundErrorKind.ForbiddenAddress;
        }
        return failed.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => OutboundErrorKind.TlsFailed,
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError => OutboundErrorKind.Unreachable,
            HttpRequestError.ConfigurationLimitExceeded => OutboundErrorKind.TooLarge,
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => OutboundErrorKind.Unreadable,
            HttpRequestError.ResponseEnded => OutboundErrorKind.ConnectionLost,
            _ => failed.InnerException is SocketException ? OutboundErrorKind.Unreachable : OutboundErrorKind.ConnectionLost,
        };
    }

    private void Report(OutboundError? error, TimeSpan took, int tries)
    {
        if (error is null)
        {
            _breaker.Succeed();
            return;
        }
        OutboundLog.Failed(_log, Origin, error.Kind, error.Status, took.TotalMilliseconds, tries);
        switch (error.Kind)
        {
            case OutboundErrorKind.DeadlinePassed when took < FairWait:
                _breaker.Abandon();
                break;
            case OutboundErrorKind.Unreachable or OutboundErrorKind.ForbiddenAddress or OutboundErrorKind.TlsFailed or OutboundErrorKind.ConnectionLost
                or OutboundErrorKind.DeadlinePassed or OutboundErrorKind.TooSlow or OutboundErrorKind.ServerFailed:
            case OutboundErrorKind.Busy when error.Status == 503:
                if (_breaker.Fail())
                    OutboundLog.Opened(_log, Origin, _options.BreakMilliseconds);
                break;
            default:
                // It answered; that the answer was no use says nothing against the next question.
                _breaker.Succeed();
                break;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _places.Dispose();
    }
}
